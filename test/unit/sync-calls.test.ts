import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import test from 'ava';
import type { IpvsSync, RequestEvent } from 'ipvs';
import type { Subject } from '#lib/kernel/call.js';
import { DirectLine } from '#lib/kernel/direct-line.js';
import { type Failure, failureError, IpvsError } from '#lib/kernel/errors.js';
import { Records } from '#lib/kernel/records/records.js';
import { Statuses } from '#lib/kernel/statuses.js';
import { SyncCalls } from '#lib/kernel/sync-calls.js';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import type { NativeAddon, NativeBatch } from '../../types/native.js';
import { ScriptedHandle } from './_scripted-handle.js';

const addon = createRequire(import.meta.url)('node-gyp-build')(process.cwd()) as NativeAddon;
const { commands, layouts, sources, tables, transports } = addon;
const { EEXIST, EINVAL, ENOENT, ESRCH, ETIMEDOUT } = constants.errno;

/** The calls over a handle that answers as it is told; `limit` is a reason why the way cannot carry anything. */
function makeCalls(limit?: string): { sync: SyncCalls; handle: ScriptedHandle } {
  const handle = new ScriptedHandle(layouts);
  const records = new Records(addon);
  const error = (subject: Subject, failure: Failure) =>
    failureError(subject.operation, subject.target, failure, { ...subject, timeout: 5 });
  const heedLimits = ({ operation, target }: Subject) => {
    if (limit !== undefined) throw new IpvsError('ERR_IPVS_UNSUPPORTED', operation, target, limit);
  };
  const session = { records, error, isLimited: true, heedLimits, transport: 'sockopt' } as const;
  const statuses = new Statuses(sources, 'sockopt');
  const line = new DirectLine(session, { handle, tables, transports, statuses });
  return { sync: new SyncCalls(session, line), handle };
}

/** How a request ended that failed. */
function outcome(errno: number, source: keyof typeof sources = 'kernel') {
  return { statuses: Int32Array.of((sources[source] << 16) | errno), messages: [] };
}

const failed = (errno: number, source: keyof typeof sources = 'kernel') => ({
  status: (sources[source] << 16) | errno,
  message: '',
});

/** Blank records of one kind, each with its lines. */
function batch(size: number, lines: readonly string[], linesEach = 1): NativeBatch {
  const count = lines.length / linesEach;
  return { status: 0, count, records: new Uint8Array(size * count), text: lines.join('\n') };
}

const ipv4 = 2;

/** Destinations of port 80 with these addresses. */
function destinations(...addresses: readonly string[]): NativeBatch {
  const made = batch(layouts.observedDestination.size, addresses);
  const view = new DataView(made.records.buffer);
  const start = layouts.observedDestination.fields.destination.offset;
  for (const index of addresses.keys()) {
    const offset = index * layouts.observedDestination.size + start;
    view.setUint16(offset + layouts.destination.fields.family.offset, ipv4, true);
    view.setUint16(offset + layouts.destination.fields.port.offset, 80, true);
    view.setUint32(offset + layouts.destination.fields.weight.offset, 1, true);
  }
  return made;
}

const service = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
const id = 'tcp/192.0.2.1:80';
const server = '10.0.0.1:80';

const writes: Record<string, [keyof typeof commands, (sync: IpvsSync) => unknown]> = {
  addService: ['addService', (sync) => sync.addService(service)],
  setService: ['setService', (sync) => sync.setService(service)],
  removeService: ['removeService', (sync) => sync.removeService(id)],
  addDestination: ['addDestination', (sync) => sync.addDestination(id, { address: '10.0.0.1' })],
  setDestination: ['setDestination', (sync) => sync.setDestination(id, { address: '10.0.0.1' })],
  removeDestination: ['removeDestination', (sync) => sync.removeDestination(id, server)],
  flush: ['flush', (sync) => sync.flush()],
  'zero of all': ['zero', (sync) => sync.zero()],
  'zero of one': ['zero', (sync) => sync.zero(id)],
  setTimeouts: ['setTimeouts', (sync) => sync.setTimeouts({ udp: 9 })],
};

for (const [name, [command, call]] of Object.entries(writes)) {
  test(`${name} is done when it returns, over the line alone`, (t) => {
    const { sync, handle } = makeCalls();
    t.is(call(sync), undefined);
    t.deepEqual(
      handle.asked.map(({ kind, what }) => [kind, what]),
      [['submitNow', [commands[command]]]],
    );
  });
}

const reads: Record<string, [keyof typeof tables, NativeBatch, (sync: IpvsSync) => unknown]> = {
  info: ['info', batch(layouts.info.size, ['']), (sync) => sync.info()],
  timeouts: ['timeouts', batch(layouts.timeouts.size, ['']), (sync) => sync.timeouts()],
  listServices: ['services', batch(0, []), (sync) => sync.listServices()],
  getService: ['service', failed(ESRCH) as never, (sync) => sync.getService(id)],
  listDestinations: ['destinations', batch(0, []), (sync) => sync.listDestinations(id)],
};

for (const [name, [table, answer, call]] of Object.entries(reads)) {
  test(`${name} has been read when it returns, over the line alone`, (t) => {
    const { sync, handle } = makeCalls();
    handle.answers.push(answer);
    const result = call(sync);
    if (name === 'getService') t.is(result, undefined);
    else t.is(typeof result, 'object');
    t.deepEqual(
      handle.asked.map(({ kind, what }) => [kind, what]),
      [['readNow', [tables[table]]]],
    );
  });
}

test('the line is opened with the first call, once, and on the way that the handle has', (t) => {
  const { sync, handle } = makeCalls();
  t.deepEqual(handle.lines, []);
  sync.flush();
  sync.zero();
  handle.answers.push(batch(layouts.info.size, ['']));
  sync.info();
  t.deepEqual(handle.lines, [transports.sockopt]);
});

test('a request says nothing of the one before it', (t) => {
  const { sync, handle } = makeCalls();
  sync.addDestination(id, { address: '10.0.0.1', weight: 7 });
  sync.flush();
  const { size, fields } = layouts.request;
  const bytes = handle.asked[1]?.bytes as Uint8Array;
  t.is(bytes.length, size);
  const meant = [fields.command, fields.flagMask];
  for (const { offset, length } of meant) bytes.fill(0, offset, offset + length);
  t.true(bytes.every((byte) => byte === 0));
});

const wrong: Record<string, (sync: IpvsSync) => unknown> = {
  addService: (sync) => sync.addService({ ...service, port: 65536 }),
  setService: (sync) => sync.setService({ ...service, scheduler: '' }),
  updateService: (sync) => sync.updateService(id, { persistence: { timeout: 0 } }),
  removeService: (sync) => sync.removeService('tcp/192.0.2.1'),
  getService: (sync) => sync.getService('x'),
  addDestination: (sync) => sync.addDestination(id, { address: '10.0.0.1', weight: -1 }),
  setDestination: (sync) => sync.setDestination('x', { address: '10.0.0.1' }),
  updateDestination: (sync) => sync.updateDestination(id, server, { weight: 2 ** 31 }),
  removeDestination: (sync) => sync.removeDestination(id, 'nowhere'),
  listDestinations: (sync) => sync.listDestinations('tcp/x:1'),
  zero: (sync) => sync.zero('x'),
  setTimeouts: (sync) => sync.setTimeouts({ tcp: 0 }),
};

for (const [name, call] of Object.entries(wrong)) {
  test(`${name} throws what is wrong with its arguments, before anything is opened`, (t) => {
    const { sync, handle } = makeCalls();
    t.throws(() => call(sync), { instanceOf: InvalidValueError });
    t.deepEqual(handle.lines, []);
  });
}

test('what the way cannot carry is thrown before anything is opened', (t) => {
  const { sync, handle } = makeCalls('the way is too narrow');
  for (const call of [
    () => sync.addService(service),
    () => sync.updateService(id, {}),
    () => sync.getService(id),
    () => sync.listDestinations(id),
    () => sync.removeDestination(id, server),
    () => sync.zero(id),
  ]) {
    t.throws(call, { instanceOf: IpvsError, code: 'ERR_IPVS_UNSUPPORTED' });
  }
  t.deepEqual(handle.lines, []);
});

test('a refusal is thrown in the words of the call', (t) => {
  const { sync, handle } = makeCalls();
  handle.answers.push(outcome(EEXIST));
  t.throws(() => sync.addService(service), {
    instanceOf: IpvsError,
    message: `EEXIST: add-service: ${id}: the service already exists: set or update it instead`,
  });
  handle.answers.push(failed(ESRCH));
  t.throws(() => sync.listDestinations(id), {
    message: `ESRCH: list-destinations: ${id}: there is no such service`,
  });
  handle.answers.push(failed(ETIMEDOUT, 'deadline'));
  t.throws(() => sync.getService(id), { message: /no answer within 5 ms/ });
  handle.answers.push(outcome(125, 'closed'));
  t.throws(() => sync.flush(), { code: 'ERR_IPVS_CLOSED' });
  // Nothing of it is left for the next.
  t.notThrows(() => sync.flush());
});

for (const [missing, trial] of [
  ['engine', EINVAL],
  ['scheduler', ENOENT],
] as const) {
  test(`where scheduler or engine can be missing, it is tried which: the ${missing}`, (t) => {
    const { sync, handle } = makeCalls();
    handle.answers.push(outcome(ENOENT), outcome(trial));
    const spec = { ...service, scheduler: 'a', persistence: { engine: 'b' } };
    const error = t.throws(() => sync.addService(spec), { instanceOf: IpvsError });
    t.like(error, { code: 'ENOENT', operation: 'add-service', target: id, missing });
    t.deepEqual(
      handle.asked.map(({ what }) => what),
      [[commands.addService], [commands.addService]],
    );
  });
}

test('where the trial does not tell, the error is what it was', (t) => {
  const { sync, handle } = makeCalls();
  handle.answers.push(outcome(ENOENT), undefined);
  const spec = { ...service, scheduler: 'a', persistence: { engine: 'b' } };
  const error = t.throws(() => sync.setService(spec), { instanceOf: IpvsError });
  t.is(error?.missing, undefined);
});

test('a change is read and then written as it was, but for what is changed', (t) => {
  const { sync, handle } = makeCalls();
  handle.answers.push(destinations('10.0.0.2', '10.0.0.1'));
  sync.updateDestination(id, server, { upperThreshold: 5 });
  t.deepEqual(
    handle.asked.map(({ kind, what }) => [kind, what]),
    [
      ['readNow', [tables.destinations]],
      ['submitNow', [commands.setDestination]],
    ],
  );
  const { bytes } = handle.asked[1] as { bytes: Uint8Array };
  const view = new DataView(bytes.buffer, layouts.request.fields.destination.offset);
  const { weight, upperThreshold } = layouts.destination.fields;
  t.is(view.getUint32(weight.offset, true), 1);
  t.is(view.getUint32(upperThreshold.offset, true), 5);
});

test('what is not there to be changed is not written', (t) => {
  const { sync, handle } = makeCalls();
  handle.answers.push(destinations('10.0.0.2'));
  t.throws(() => sync.updateDestination(id, server, { weight: 5 }), {
    message: `ENOENT: update-destination: ${id} -> ${server}: the service has no such destination`,
  });
  handle.answers.push(failed(ESRCH));
  t.throws(() => sync.updateService(id, { scheduler: 'rr' }), {
    message: `ESRCH: update-service: ${id}: there is no such service`,
  });
  t.deepEqual(
    handle.asked.map(({ kind }) => kind),
    ['readNow', 'readNow'],
  );
});

test('a table that comes in parts is read to its end', (t) => {
  const { sync, handle } = makeCalls();
  const last = destinations('10.0.0.3');
  const second = { ...destinations('10.0.0.2'), rest: () => last };
  handle.answers.push({ ...destinations('10.0.0.1'), rest: () => second });
  t.deepEqual(
    sync.listDestinations(id).map(({ address }) => address),
    ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
  );
  handle.answers.push({ ...destinations('10.0.0.1'), rest: () => second });
  sync.updateDestination(id, '10.0.0.3:80', { weight: 5 });
  t.is(handle.asked.at(-1)?.kind, 'submitNow');
});

test.serial('each call is told on the diagnostics channel, with how it ended', (t) => {
  const { sync, handle } = makeCalls();
  const events: RequestEvent[] = [];
  const listener = (event: unknown) => events.push(event as RequestEvent);
  subscribe('ipvs:request', listener);
  t.teardown(() => unsubscribe('ipvs:request', listener));
  sync.flush();
  handle.answers.push(outcome(EEXIST), failed(ESRCH), destinations('10.0.0.1'), undefined);
  t.throws(() => sync.addService(service));
  sync.getService(id);
  sync.updateDestination(id, server, { weight: 5 });
  t.deepEqual(
    events.map(({ operation, target, code }) => [operation, target, code]),
    [
      ['flush', undefined, undefined],
      ['add-service', id, 'EEXIST'],
      ['get-service', id, 'ESRCH'],
      ['update-destination', `${id} -> ${server}`, undefined],
    ],
  );
  t.true(events.every(({ durationMs }) => durationMs >= 0));
});
