import { createRequire } from 'node:module';
import test from 'ava';
import type { Rows } from '#lib/kernel/change-group.js';
import { IpvsError } from '#lib/kernel/errors.js';
import { RequestQueue } from '#lib/kernel/queue.js';
import { Records } from '#lib/kernel/records/records.js';
import { Statuses } from '#lib/kernel/statuses.js';
import type { NativeAddon } from '../../types/native.js';
import { emptyBatch, ScriptedHandle } from './_scripted-handle.js';

const addon = createRequire(import.meta.url)('node-gyp-build')(process.cwd()) as NativeAddon;
const { commands, tables } = addon;

function makeQueue(timeout = 10_000): { queue: RequestQueue; handle: ScriptedHandle } {
  const handle = new ScriptedHandle(addon.layouts);
  const records = new Records(addon.layouts, commands);
  const statuses = new Statuses(addon.sources);
  return { queue: new RequestQueue({ handle, tables, records, statuses, timeout }), handle };
}

const nothing = () => {};
const turn = () => new Promise((resolve) => setImmediate(resolve));

function write(
  queue: RequestQueue,
  command: 'flush' | 'zero' = 'flush',
  signal?: AbortSignal,
): Promise<void> {
  return queue.write({ operation: command }, command, nothing, signal);
}

test('requests of one turn travel together, also those made by microtasks of the turn', async (t) => {
  const { queue, handle } = makeQueue();
  const calls = [write(queue), write(queue, 'zero')];
  calls.push(Promise.resolve().then(() => write(queue)));
  await turn();
  calls.push(write(queue, 'zero'));
  await turn();
  t.deepEqual(
    handle.asked.map(({ kind, what }) => [kind, what]),
    [
      ['submit', [commands.flush, commands.zero, commands.flush]],
      ['submit', [commands.zero]],
    ],
  );
  handle.answer();
  handle.answer();
  await t.notThrowsAsync(Promise.all(calls));
});

test('a read does not overtake the writes before it, nor is it overtaken', async (t) => {
  const { queue, handle } = makeQueue();
  const first = write(queue);
  const read = queue.read({ operation: 'list-services' }, 'services', undefined, undefined);
  const second = write(queue, 'zero');
  await turn();
  t.deepEqual(
    handle.asked.map(({ kind, what }) => [kind, ...what]),
    [
      ['submit', commands.flush],
      ['read', tables.services],
      ['submit', commands.zero],
    ],
  );
  handle.answer();
  handle.answer(emptyBatch);
  handle.answer();
  t.deepEqual(await Promise.all([first, read, second]), [undefined, emptyBatch, undefined]);
});

test('each request gets the status that is its own', async (t) => {
  const { queue, handle } = makeQueue();
  const calls = Promise.allSettled([write(queue), write(queue), write(queue), write(queue)]);
  await turn();
  const lost = (addon.sources.lost << 16) | 105;
  handle.answer({ statuses: Int32Array.of(0, 1, lost, 0), messages: [undefined, 'kernel words'] });
  const outcomes = await calls;
  t.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done')),
    ['done', 'EPERM', 'ENOBUFS', 'done'],
  );
  const [, refused, unknown] = outcomes as PromiseRejectedResult[];
  t.regex(refused?.reason.reason, /CAP_NET_ADMIN.*the kernel says: kernel words/);
  t.regex(unknown?.reason.reason, /was executed but its answer was lost/);
});

test('what is aborted before it is handed over goes along as withdrawn', async (t) => {
  const { queue, handle } = makeQueue();
  const controller = new AbortController();
  const kept = write(queue);
  const withdrawn = write(queue, 'zero', controller.signal);
  controller.abort();
  await turn();
  t.deepEqual(handle.asked[0]?.what, [commands.flush, commands.withdrawn]);
  handle.answer();
  await kept;
  await t.throwsAsync(withdrawn, { any: true });
});

test('what is aborted after it was handed over is cancelled by ticket and place', async (t) => {
  const { queue, handle } = makeQueue();
  const controller = new AbortController();
  const kept = write(queue);
  const aborted = write(queue, 'zero', controller.signal);
  await turn();
  controller.abort('enough');
  t.deepEqual(handle.asked[1], { kind: 'cancel', what: [1, 1], bytes: new Uint8Array() });
  t.is(await aborted.catch((reason) => reason), 'enough');
  handle.answer();
  await kept;
});

/** A change that reads `key` and then writes a flush. */
function change(
  queue: RequestQueue,
  target: string,
  key: string,
  seen: string[] = [],
): Promise<void> {
  return queue.change<string>({ operation: 'update-service', target }, undefined, {
    command: 'setService',
    target,
    source: {
      key,
      table: 'service',
      fill: nothing,
      rows: async (): Promise<Rows<string>> => new Map(),
    },
    merge: () => {
      seen.push(target);
      return nothing;
    },
  });
}

test('changes of one turn read each source once and are written together', async (t) => {
  const { queue, handle } = makeQueue();
  const calls = [change(queue, 'a', 'x'), change(queue, 'b', 'x'), change(queue, 'c', 'y')];
  await turn();
  t.deepEqual(
    handle.asked.map(({ kind }) => kind),
    ['read', 'read'],
  );
  handle.answer(emptyBatch);
  handle.answer(emptyBatch);
  await turn();
  t.deepEqual(handle.asked[2]?.what, [
    commands.setService,
    commands.setService,
    commands.setService,
  ]);
  handle.answer();
  await t.notThrowsAsync(Promise.all(calls));
});

test('a second change of one object waits for the first, and what comes after waits for both', async (t) => {
  const { queue, handle } = makeQueue();
  handle.obliging = true;
  const seen: string[] = [];
  const calls = [
    write(queue),
    change(queue, 'a', 'a', seen),
    change(queue, 'a', 'a', seen),
    write(queue, 'zero'),
    change(queue, 'b', 'b', seen),
  ];
  await Promise.all(calls);
  t.deepEqual(
    handle.asked.map(({ kind, what }) => [kind, ...what]),
    [
      ['submit', commands.flush],
      ['read', tables.service],
      ['submit', commands.setService],
      ['read', tables.service],
      ['submit', commands.setService, commands.zero],
      ['read', tables.service],
      ['submit', commands.setService],
    ],
  );
  t.deepEqual(seen, ['a', 'a', 'b']);
});

test('a change whose read fails is refused with what the read says, and the queue goes on', async (t) => {
  const { queue, handle } = makeQueue();
  const refused = change(queue, 'a', 'a');
  const after = write(queue);
  await turn();
  handle.answer({ status: 3, message: '' });
  await t.throwsAsync(refused, { instanceOf: IpvsError, code: 'ESRCH' });
  await turn();
  handle.answer();
  await t.notThrowsAsync(after);
});

test('a change that finds nothing to write is done when it has read, and holds up what comes after until then', async (t) => {
  const { queue, handle } = makeQueue();
  const calls = [
    queue.change<string>({ operation: 'update-service', target: 'a' }, undefined, {
      command: 'setService',
      target: 'a',
      source: { key: 'a', table: 'service', fill: nothing, rows: async () => new Map() },
      merge: () => undefined,
    }),
    write(queue),
  ];
  await turn();
  t.deepEqual(
    handle.asked.map(({ kind, what }) => [kind, ...what]),
    [['read', tables.service]],
  );
  handle.answer(emptyBatch);
  await calls[0];
  await turn();
  t.deepEqual(
    handle.asked.slice(1).map(({ kind, what }) => [kind, ...what]),
    [['submit', commands.flush]],
  );
  handle.answer();
  await calls[1];
});

test('a request that cannot be written is refused alone', async (t) => {
  const { queue, handle } = makeQueue();
  const first = write(queue);
  const broken = queue.write(
    { operation: 'flush' },
    'flush',
    () => {
      throw new RangeError('no room');
    },
    undefined,
  );
  const last = write(queue, 'zero');
  await turn();
  t.deepEqual(handle.asked[0]?.what, [commands.flush, commands.zero]);
  handle.answer();
  await Promise.all([first, last]);
  await t.throwsAsync(broken, { instanceOf: RangeError });
});

test('calls are given up when the thread does not move for as long as a request may take', async (t) => {
  const { queue, handle } = makeQueue(20);
  const call = write(queue);
  // The thread moves at first.
  handle.progressed += 1;
  const keepAlive = setTimeout(nothing, 5000);
  await t.throwsAsync(call, { instanceOf: IpvsError, code: 'ETIMEDOUT' });
  // A late answer disturbs nothing, and later calls work.
  handle.answer();
  const later = write(queue);
  await turn();
  handle.answer();
  await t.notThrowsAsync(later);
  clearTimeout(keepAlive);
});

test('closing rejects calls that wait, those behind a change included', async (t) => {
  const { queue, handle } = makeQueue();
  const calls = Promise.allSettled([write(queue), change(queue, 'a', 'a'), write(queue)]);
  await turn();
  await queue.close();
  t.true(handle.closed);
  for (const outcome of await calls) {
    t.is(outcome.status === 'rejected' && outcome.reason.code, 'ERR_IPVS_CLOSED');
  }
  t.throws(() => write(queue), { code: 'ERR_IPVS_CLOSED' });
});
