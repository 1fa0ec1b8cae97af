import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import test from 'ava';
import type { RequestEvent } from 'ipvs';
import type { Rows } from '#lib/kernel/change-group.js';
import { IpvsError } from '#lib/kernel/errors.js';
import { RequestQueue } from '#lib/kernel/queue.js';
import { Records } from '#lib/kernel/records/records.js';
import type { WriteRequest } from '#lib/kernel/request.js';
import { Statuses } from '#lib/kernel/statuses.js';
import { TextFiles } from '#lib/kernel/text-files.js';
import type { NativeAddon } from '../../types/native.js';
import { emptyBatch, ScriptedHandle } from './_scripted-handle.js';

const addon = createRequire(import.meta.url)('node-gyp-build')(process.cwd()) as NativeAddon;
const { commands, places, tables } = addon;

function makeQueue(timeout = 10_000): { queue: RequestQueue; handle: ScriptedHandle } {
  const handle = new ScriptedHandle(addon.layouts);
  const records = new Records(addon);
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
  return queue.write({ subject: { operation: command }, command, fill: nothing }, signal);
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

test('what is done with files has its turn among the other calls', async (t) => {
  const { queue, handle } = makeQueue();
  const files = new TextFiles(queue, places);
  const subject = { operation: 'set-sysctl' } as const;
  handle.obliging = true;
  await Promise.all([
    write(queue),
    files.write(subject, 'settings', 'drop_entry', '1', undefined),
    change(queue, 'a', 'a'),
    files.read(subject, 'net', 'ip_vs_stats', undefined),
    files.readFolder(subject, 'settings', undefined),
    write(queue, 'zero'),
  ]);
  t.deepEqual(
    handle.asked.map(({ kind, what, texts = [] }) => [kind, ...what, ...texts]),
    [
      ['submit', commands.flush],
      ['writeFile', places.settings, 'drop_entry', '1'],
      ['read', tables.service],
      ['submit', commands.setService],
      ['readFile', places.net, 'ip_vs_stats'],
      ['readFolder', places.settings],
      ['submit', commands.zero],
    ],
  );
});

test('a stream is read on in its turn, between the writes before and after', async (t) => {
  const { queue, handle } = makeQueue();
  const stream = handle.connections('', new Uint8Array());
  const calls = [
    write(queue),
    queue.readOn({ operation: 'list-connections' }, stream, undefined),
    write(queue, 'zero'),
    change(queue, 'a', 'a'),
    queue.readOn({ operation: 'list-connections' }, stream, undefined),
  ];
  await turn();
  const asked = () => handle.asked.map(({ kind, what }) => [kind, ...what]);
  const first = [
    ['submit', commands.flush],
    ['next'],
    ['submit', commands.zero],
    ['read', tables.service],
  ];
  t.deepEqual(asked(), first);
  for (const answer of [undefined, emptyBatch, undefined, emptyBatch]) handle.answer(answer);
  await turn();
  t.deepEqual(asked(), [...first, ['submit', commands.setService], ['next']]);
  handle.answer();
  handle.answer({ ...emptyBatch, ended: true });
  t.deepEqual(await Promise.all(calls), [
    undefined,
    emptyBatch,
    undefined,
    undefined,
    { ...emptyBatch, ended: true },
  ]);
});

test('a part of a stream that nobody waits for any more is withdrawn', async (t) => {
  const { queue, handle } = makeQueue();
  const controller = new AbortController();
  const stream = handle.connections('', new Uint8Array());
  const reading = queue.readOn({ operation: 'list-connections' }, stream, controller.signal);
  controller.abort('enough');
  t.deepEqual(handle.asked[1], { kind: 'cancel', what: [1, 0], bytes: new Uint8Array() });
  t.is(await reading.catch((reason) => reason), 'enough');
  handle.answer({ status: (addon.sources.cancelled << 16) | 125, message: '' });
});

test('a failure to read a file is told apart from what the kernel refuses', async (t) => {
  const { queue, handle } = makeQueue();
  const stream = handle.connections('', new Uint8Array());
  const reading = queue.readOn({ operation: 'list-connections' }, stream, undefined);
  handle.answer({ status: (addon.sources.file << 16) | 2, message: '/proc/file' });
  t.like(await reading, { errno: 2, source: 'file', message: '/proc/file' });
});

test('lines that could not be read are told on the diagnostics channel', async (t) => {
  const events: RequestEvent[] = [];
  const subject = { operation: 'list-connections', target: 'of this test' } as const;
  const listener = (event: unknown) => {
    if ((event as RequestEvent).target === subject.target) events.push(event as RequestEvent);
  };
  subscribe('ipvs:request', listener);
  const { queue, handle } = makeQueue();
  const stream = handle.connections('', new Uint8Array());
  for (const batch of [emptyBatch, { ...emptyBatch, skipped: 3 }]) {
    const reading = queue.readOn(subject, stream, undefined);
    handle.answer(batch);
    await reading;
  }
  unsubscribe('ipvs:request', listener);
  t.deepEqual(
    events.map(({ durationMs, ...event }) => event),
    [
      { ...subject, code: undefined },
      { ...subject, code: undefined, skipped: 3 },
    ],
  );
});

test('what is asked of a file is withdrawn, given up and refused like any other call', async (t) => {
  const { queue, handle } = makeQueue(20);
  const files = new TextFiles(queue, places);
  const controller = new AbortController();
  const keepAlive = setTimeout(nothing, 5000);
  const write = (signal?: AbortSignal) =>
    files.write({ operation: 'set-sysctl' }, 'settings', 'drop_entry', '1', signal);

  const aborted = write(controller.signal);
  controller.abort('enough');
  t.is(await aborted.catch((reason) => reason), 'enough');
  t.like(handle.asked[1], { kind: 'cancel', what: [1, 0] });

  await t.throwsAsync(write(), { instanceOf: IpvsError, code: 'ETIMEDOUT' });
  clearTimeout(keepAlive);

  handle.answer(emptyBatch);
  handle.answer(emptyBatch);
  const refused = write();
  handle.answer({ status: (addon.sources.file << 16) | 13, message: '' });
  t.like(await refused, { errno: 13, source: 'file', message: '' });

  const closed = write();
  await queue.close();
  await t.throwsAsync(closed, { code: 'ERR_IPVS_CLOSED' });
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

test.serial(
  'requests that can be withdrawn and others have their own statuses among each other',
  async (t) => {
    const { queue, handle } = makeQueue();
    const { signal } = new AbortController();
    const signals = [undefined, signal, signal, undefined, undefined, signal, undefined];
    const calls = signals.map((each) => write(queue, 'zero', each));
    await turn();
    const statuses = new Int32Array([17, 0, 2, 0, 3, 3, 17]);
    handle.answer({ statuses, messages: [] });
    const codes = (await Promise.allSettled(calls)).map((outcome) =>
      outcome.status === 'rejected' ? outcome.reason.code : 'done',
    );
    t.deepEqual(codes, ['EEXIST', 'done', 'ENOENT', 'done', 'ESRCH', 'ESRCH', 'EEXIST']);
  },
);

test.serial('an error of many calls names the function that awaits it', async (t) => {
  const { queue, handle } = makeQueue();
  async function awaitsOne() {
    await write(queue);
  }
  const calls = [write(queue), awaitsOne(), write(queue)];
  await turn();
  handle.answer({ statuses: new Int32Array([0, 17, 0]), messages: [] });
  const error = await t.throwsAsync(Promise.all(calls), { code: 'EEXIST' });
  t.regex(error?.stack ?? '', /at async awaitsOne/);
});

const request = (operation: 'flush' | 'zero'): WriteRequest => ({
  subject: { operation },
  command: operation,
  fill: nothing,
});

function sendTogether(queue: RequestQueue, ...requests: readonly WriteRequest[]) {
  const gathered = queue.gather();
  for (const each of requests) gathered.append(each);
  return queue.send(gathered);
}

test.serial(
  'requests that are written together travel in their turn, and say together which failed',
  async (t) => {
    const { queue, handle } = makeQueue();
    const before = write(queue);
    const together = sendTogether(queue, request('zero'), request('flush'), request('zero'));
    const after = write(queue);
    await turn();
    t.deepEqual(
      handle.asked.map(({ what }) => what),
      [[commands.flush], [commands.zero, commands.flush, commands.zero], [commands.flush]],
    );
    handle.answer();
    handle.answer({ statuses: Int32Array.of(0, 1, 17), messages: [undefined, 'kernel words'] });
    handle.answer();
    await Promise.all([before, after]);
    const failures = await together;
    const told = [...(failures ?? [])].map(([place, error]) => [place, (error as IpvsError).code]);
    t.deepEqual(told, [
      [1, 'EPERM'],
      [2, 'EEXIST'],
    ]);
    const refused = failures?.get(1) as IpvsError;
    t.regex(refused.reason, /the kernel says: kernel words/);
  },
);

test.serial('where all that is written together is done, there is nothing to say', async (t) => {
  const { queue, handle } = makeQueue();
  handle.obliging = true;
  t.is(await sendTogether(queue, request('zero'), request('flush')), undefined);
  t.is(await sendTogether(queue), undefined);
  t.is(handle.asked.length, 1);
});

test.serial(
  'what is written together waits for a change before it, and is traced one by one',
  async (t) => {
    const { queue, handle } = makeQueue();
    const changed = change(queue, 'a', 'a');
    const together = sendTogether(queue, request('zero'), request('zero'));
    await turn();
    t.deepEqual(
      handle.asked.map(({ kind }) => kind),
      ['read'],
    );
    handle.answer(emptyBatch);
    await turn();
    handle.answer();
    await changed;
    handle.answer({ statuses: Int32Array.of(17, 0), messages: [] });
    t.deepEqual(
      [...((await together) ?? [])].map(([place]) => place),
      [0],
    );
    t.is(handle.asked.length, 3);

    const told: unknown[] = [];
    const listen = (event: unknown) => {
      const { operation, code, durationMs } = event as RequestEvent;
      told.push({ operation, code, hasTime: durationMs >= 0 });
    };
    subscribe('ipvs:request', listen);
    const traced = sendTogether(queue, request('zero'), request('flush'));
    await turn();
    handle.answer({ statuses: Int32Array.of(0, 1), messages: [] });
    t.is((await traced)?.size, 1);
    unsubscribe('ipvs:request', listen);
    t.deepEqual(told, [
      { operation: 'zero', code: undefined, hasTime: true },
      { operation: 'flush', code: 'EPERM', hasTime: true },
    ]);
  },
);

test.serial(
  'of requests that are written together none is sent where one cannot be written',
  async (t) => {
    const { queue, handle } = makeQueue();
    const broken: WriteRequest = {
      ...request('zero'),
      fill: () => {
        throw new RangeError('no room');
      },
    };
    const gathered = queue.gather();
    gathered.append(request('flush'));
    t.throws(() => gathered.append(broken), { instanceOf: RangeError });
    gathered.abandon();
    const later = write(queue, 'zero');
    await turn();
    t.deepEqual(
      handle.asked.map(({ what }) => what),
      [[commands.zero]],
    );
    handle.answer();
    await later;
  },
);

test.serial(
  'what is written together fails together when the handle is closed, and before',
  async (t) => {
    const { queue } = makeQueue();
    const together = sendTogether(queue, request('zero'), request('flush'));
    await turn();
    await queue.close();
    const failures = await together;
    t.deepEqual(
      [...(failures ?? [])].map(([place, error]) => [place, (error as IpvsError).code]),
      [
        [0, 'ERR_IPVS_CLOSED'],
        [1, 'ERR_IPVS_CLOSED'],
      ],
    );
    await t.throwsAsync(sendTogether(queue, request('zero')), { code: 'ERR_IPVS_CLOSED' });
  },
);

test.serial('what waits behind a change is not sent when the handle is closed', async (t) => {
  const { queue, handle } = makeQueue();
  const changed = change(queue, 'a', 'a');
  const together = sendTogether(queue, request('zero'));
  await turn();
  await queue.close();
  await t.throwsAsync(changed, { code: 'ERR_IPVS_CLOSED' });
  const failures = await together;
  t.is((failures?.get(0) as IpvsError | undefined)?.code, 'ERR_IPVS_CLOSED');
  handle.answer(emptyBatch);
  await turn();
  t.deepEqual(
    handle.asked.map(({ kind }) => kind),
    ['read'],
  );
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

test('a change whose read gets no answer says for how long it has waited', async (t) => {
  const { queue, handle } = makeQueue(1234);
  const late = change(queue, 'a', 'a');
  await turn();
  const status = (addon.sources.deadline << 16) | constants.errno.ETIMEDOUT;
  handle.answer({ status, message: '' });
  await t.throwsAsync(late, {
    instanceOf: IpvsError,
    code: 'ETIMEDOUT',
    message: /within 1234 ms/,
  });
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

test.serial('a request that cannot be written is refused alone', async (t) => {
  const { queue, handle } = makeQueue();
  const fill = () => {
    throw new RangeError('no room');
  };
  const broken: WriteRequest = { subject: { operation: 'flush' }, command: 'flush', fill };
  const first = write(queue);
  t.throws(() => queue.write(broken, undefined), { instanceOf: RangeError });
  const refused = queue.write(broken, new AbortController().signal);
  const last = write(queue, 'zero');
  await turn();
  t.deepEqual(handle.asked[0]?.what, [commands.flush, commands.zero]);
  handle.answer();
  await Promise.all([first, last]);
  await t.throwsAsync(refused, { instanceOf: RangeError });
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
