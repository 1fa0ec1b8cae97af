import test from 'ava';
import { failureError, IpvsError } from '#lib/kernel/errors.js';
import { StatsHistory } from '#lib/kernel/stats-history.js';
import { type Reading, readCounters, type ServiceReading } from '#lib/kernel/stats-reading.js';
import { checkWatch, differences } from '#lib/kernel/watch-stats.js';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import type { DestinationId, ObservedDestination } from '../../types/destination.js';
import type { ObservedService, ServiceId } from '../../types/service.js';
import type { Stats, StatsDifference } from '../../types/stats.js';

/** Counters that all say the same. */
function stats(all: number): Stats {
  const each = BigInt(all);
  return {
    connections: each,
    packetsIn: each,
    packetsOut: each,
    bytesIn: each,
    bytesOut: each,
    rates: { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 },
  };
}

const service = (id: string, all: number): ObservedService =>
  ({ id: id as ServiceId, stats: stats(all) }) as ObservedService;
const destination = (id: string, all: number): ObservedDestination =>
  ({ id: id as DestinationId, stats: stats(all) }) as ObservedDestination;

/** Counters of services, and of their destinations. */
type Table = Record<string, readonly [all: number, destinations?: Record<string, number>]>;

function reading(at: number, table: Table, totals = 0): Reading {
  const services = Object.entries(table).map(([id, [all, destinations]]): ServiceReading => {
    if (destinations === undefined) return { service: service(id, all) };
    const listed = Object.entries(destinations).map(([each, has]) => destination(each, has));
    return { service: service(id, all), destinations: listed };
  });
  return { at, totals: stats(totals), services, bits: 64 };
}

/** What a difference says, in short. */
function brief({ intervalMs, totals, services, removed }: StatsDifference) {
  const flags = (each: { appeared?: boolean; reset: boolean }) =>
    `${each.appeared ? ' appeared' : ''}${each.reset ? ' reset' : ''}`;
  return {
    intervalMs,
    totals: `${totals.connections}${flags(totals)}`,
    services: Object.fromEntries(
      services.map((each) => [
        each.id,
        [
          `${each.connections}${flags(each)}`,
          ...(each.destinations ?? []).map((one) => `${one.id}: ${one.connections}${flags(one)}`),
          ...(each.removed ?? []).map((id) => `${id} removed`),
        ],
      ]),
    ),
    removed,
  };
}

test('services and destinations that stay, appear and go are told apart', async (t) => {
  const history = await StatsHistory.begin(
    reading(0, { a: [10, { x: 1, y: 2 }], b: [20, {}], c: [30, {}] }, 100),
  );
  const first = await history.advance(
    reading(2000, { a: [15, { x: 3, z: 9 }], b: [20, { x: 1 }], d: [7, { x: 7 }] }, 150),
  );
  t.deepEqual(brief(first), {
    intervalMs: 2000,
    totals: '50',
    services: {
      a: ['5', 'x: 2', 'z: 9 appeared', 'y removed'],
      b: ['0', 'x: 1 appeared'],
      d: ['7 appeared', 'x: 7 appeared'],
    },
    removed: ['c' as ServiceId],
  });
  t.is(first.totals.rates.connections, 25);
  t.is(first.services[0]?.rates.bytesOut, 2.5);
  t.is(first.services[0]?.destinations?.[0]?.rates.packetsIn, 1);
  t.is(first.services[0]?.service.stats.connections, 15n);
  t.is(first.services[0]?.destinations?.[0]?.destination.stats.connections, 3n);

  const second = await history.advance(reading(5000, { d: [8, { x: 7 }] }, 150));
  t.deepEqual(brief(second), {
    intervalMs: 3000,
    totals: '0',
    services: { d: ['1', 'x: 0'] },
    removed: ['a', 'b'] as ServiceId[],
  });
});

test('what was zeroed, or removed and made again, counts from 0', async (t) => {
  const history = await StatsHistory.begin(reading(0, { a: [10, { x: 5, y: 5 }] }, 100));
  const zeroed = await history.advance(reading(1000, { a: [3, { x: 2, y: 5 }] }, 4));
  t.deepEqual(brief(zeroed), {
    intervalMs: 1000,
    totals: '4 reset',
    services: { a: ['3 reset', 'x: 2 reset', 'y: 0'] },
    removed: [],
  });
  t.is(zeroed.services[0]?.rates.connections, 3);
  const after = await history.advance(reading(2000, { a: [4, { x: 3, y: 5 }] }, 5));
  t.deepEqual(brief(after).services, { a: ['1', 'x: 1', 'y: 0'] });
});

test('a destination that comes back with its counters goes on, one that comes back without begins', async (t) => {
  const history = await StatsHistory.begin(reading(0, { a: [0, { x: 1000, y: 1000 }] }));
  const gone = await history.advance(reading(1000, { a: [0, {}] }));
  t.deepEqual(brief(gone).services, { a: ['0', 'x removed', 'y removed'] });
  const still = await history.advance(reading(2000, { a: [0, {}] }));
  t.deepEqual(brief(still).services, { a: ['0'] });
  const back = await history.advance(reading(3000, { a: [0, { x: 1004, y: 2 }] }));
  t.deepEqual(brief(back).services, { a: ['0', 'x: 4 appeared', 'y: 2 appeared reset'] });
  const later = await history.advance(reading(4000, { a: [0, { x: 1005, y: 3 }] }));
  t.deepEqual(brief(later).services, { a: ['0', 'x: 1', 'y: 1'] });
});

test('a destination that is gone for long is forgotten', async (t) => {
  const history = await StatsHistory.begin(reading(0, { a: [0, { x: 1000 }] }));
  await history.advance(reading(1000, { a: [0, {}] }));
  await history.advance(reading(3_600_001, { a: [0, {}] }));
  const back = await history.advance(reading(3_600_002, { a: [0, { x: 1004 }] }));
  t.deepEqual(brief(back).services, { a: ['0', 'x: 1004 appeared'] });
});

test('destinations of a service that was gone begin anew with it', async (t) => {
  const history = await StatsHistory.begin(reading(0, { a: [9, { x: 1000 }] }));
  await history.advance(reading(1000, {}));
  const back = await history.advance(reading(2000, { a: [1001, { x: 1001 }] }));
  t.deepEqual(brief(back).services, { a: ['1001 appeared', 'x: 1001 appeared'] });
});

test('without destinations there are none, and none are removed', async (t) => {
  const history = await StatsHistory.begin(reading(0, { a: [1] }));
  const [only] = (await history.advance(reading(1000, { a: [3] }))).services;
  t.is(only?.connections, 2n);
  t.false('destinations' in (only ?? {}));
  t.false('removed' in (only ?? {}));
});

test('a large comparison gives the event loop its turn', async (t) => {
  const destinations = (has: number) =>
    Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`d${index}`, has]));
  const first = reading(0, { a: [0, destinations(0)] });
  const next = reading(1000, { a: [0, destinations(1)] });
  let turns = 0;
  let over = false;
  const spin = () => {
    turns += 1;
    if (!over) setImmediate(spin);
  };
  setImmediate(spin);
  const history = await StatsHistory.begin(first);
  const before = turns;
  t.true(before > 1, String(before));
  const { services } = await history.advance(next);
  over = true;
  t.is(services[0]?.destinations?.length, 50_000);
  t.true(turns > before + 1, String(turns - before));
});

/** A clock that goes as far as it is waited for, and as reading takes. */
class Clock {
  time = 500;
  readonly waits: number[] = [];
  reads = 0;
  /** How long each read takes; the last goes on. */
  slow: number[] = [0];

  readonly parts = {
    now: () => this.time,
    wait: async (milliseconds: number) => {
      this.waits.push(milliseconds);
      this.time += Math.max(0, milliseconds);
    },
    read: async () => {
      const at = this.time;
      this.reads += 1;
      this.time += (this.slow.length > 1 ? this.slow.shift() : this.slow[0]) ?? 0;
      return reading(at, {}, this.reads);
    },
  };
}

test('differences are due at whole intervals and do not drift', async (t) => {
  const clock = new Clock();
  clock.slow = [100];
  const watch = differences(1000, clock.parts);
  const intervals: number[] = [];
  for (let index = 0; index < 3; index += 1) {
    const { value } = await watch.next();
    intervals.push((value as StatsDifference).intervalMs);
  }
  t.deepEqual(intervals, [1000, 1000, 1000]);
  t.deepEqual(clock.waits, [900, 900, 900]);
  t.is(clock.reads, 4);
});

test('nothing is read before it is asked for, nor after the loop was left', async (t) => {
  const clock = new Clock();
  const watch = differences(1000, clock.parts);
  t.is(clock.reads, 0);
  for await (const { totals } of watch) {
    t.is(totals.connections, 1n);
    break;
  }
  t.is(clock.reads, 2);
  t.deepEqual(await watch.next(), { value: undefined, done: true });
  t.is(clock.reads, 2);
});

test('a slow consumer skips what was due meanwhile', async (t) => {
  const clock = new Clock();
  const seen: [interval: number, counted: bigint][] = [];
  for await (const { intervalMs, totals } of differences(1000, clock.parts)) {
    seen.push([intervalMs, totals.connections]);
    if (seen.length === 3) break;
    clock.time += 3400;
  }
  t.deepEqual(seen, [
    [1000, 1n],
    [4000, 1n],
    [4000, 1n],
  ]);
  t.is(clock.reads, 4);
});

test('a timer that is early makes no tick come twice', async (t) => {
  const clock = new Clock();
  const { wait } = clock.parts;
  const early = { ...clock.parts, wait: (milliseconds: number) => wait(milliseconds - 1) };
  const intervals: number[] = [];
  for await (const { intervalMs } of differences(1000, early)) {
    intervals.push(intervalMs);
    if (intervals.length === 4) break;
  }
  t.deepEqual(intervals, [999, 1000, 1000, 1000]);
});

test('what is late is not followed by a difference of a moment', async (t) => {
  const clock = new Clock();
  const { wait } = clock.parts;
  const delays = [400, 0, 990, 0];
  const late = {
    ...clock.parts,
    wait: (milliseconds: number) => wait(milliseconds + (delays.shift() ?? 0)),
  };
  const intervals: number[] = [];
  for await (const { intervalMs } of differences(1000, late)) {
    intervals.push(intervalMs);
    if (intervals.length === 5) break;
  }
  t.deepEqual(intervals, [1400, 600, 1990, 1010, 1000]);
});

test('reads that take longer than the interval follow each other', async (t) => {
  const clock = new Clock();
  clock.slow = [2500];
  const intervals: number[] = [];
  for await (const { intervalMs } of differences(1000, clock.parts)) {
    intervals.push(intervalMs);
    if (intervals.length === 3) break;
  }
  t.deepEqual(intervals, [3000, 3000, 3000]);
});

test('what a read or the wait is refused with ends the watch', async (t) => {
  const clock = new Clock();
  const refusal = new Error('enough');
  const watch = differences(1000, { ...clock.parts, wait: () => Promise.reject(refusal) });
  t.is(await t.throwsAsync(watch.next()), refusal);
  t.true((await watch.next()).done);
});

const calls = (gone: readonly string[]) => {
  const asked: string[] = [];
  return {
    asked,
    bits: 64 as const,
    statistics: {
      totals: async () => {
        asked.push('totals');
        return stats(1);
      },
    },
    services: {
      list: async () => {
        asked.push('services');
        return ['tcp/10.0.0.1:80', 'tcp/10.0.0.2:80', 'fwmark/7/ipv4'].map((id) => service(id, 1));
      },
    },
    destinations: {
      list: async (of: unknown) => {
        const { id } = of as ObservedService;
        asked.push(id);
        if (gone.includes(id)) {
          throw failureError('list-destinations', id, { errno: 3, source: 'kernel' });
        }
        // The first answer is the last to be complete.
        if (id === 'tcp/10.0.0.1:80') await new Promise((resolve) => setTimeout(resolve, 5));
        return [destination('x', 1)];
      },
    },
  };
};
const everything = { signal: undefined, destinations: true, services: undefined };

test('a reading is made of totals, services and destinations, in the order of the services', async (t) => {
  const all = calls(['tcp/10.0.0.2:80']);
  const { services } = await readCounters(all, everything);
  t.deepEqual(
    services.map((each) => each.service.id as string),
    ['tcp/10.0.0.1:80', 'fwmark/7/ipv4'],
  );
  t.deepEqual(all.asked, [
    'totals',
    'services',
    'tcp/10.0.0.1:80',
    'tcp/10.0.0.2:80',
    'fwmark/7/ipv4',
  ]);
});

test('a reading asks for no more than is watched', async (t) => {
  const one = calls([]);
  const services = new Set(['fwmark/7/ipv4' as ServiceId, 'udp/10.0.0.9:1' as ServiceId]);
  t.is((await readCounters(one, { ...everything, services })).services.length, 1);
  t.deepEqual(one.asked, ['totals', 'services', 'fwmark/7/ipv4']);

  const bare = calls([]);
  t.is((await readCounters(bare, { ...everything, destinations: false })).services.length, 3);
  t.deepEqual(bare.asked, ['totals', 'services']);

  const none = calls([]);
  t.is((await readCounters(none, { ...everything, services: new Set() })).services.length, 0);
  t.deepEqual(none.asked, ['totals']);
});

test('another refusal than that a service is gone refuses the reading', async (t) => {
  const all = calls([]);
  all.destinations.list = () =>
    Promise.reject(failureError('list-destinations', 'a', { errno: 1, source: 'kernel' }));
  await t.throwsAsync(readCounters(all, everything), { instanceOf: IpvsError, code: 'EPERM' });
});

const refuses = test.macro({
  exec(t, intervalMs: unknown, options: unknown, path: string) {
    const error = t.throws(() => checkWatch(intervalMs, options as object), {
      instanceOf: InvalidValueError,
    });
    t.is(error?.path, path);
  },
  title: (_, intervalMs, options) =>
    `${String(intervalMs)} and ${JSON.stringify(options)} are refused`,
});

for (const interval of [
  999,
  0,
  -1,
  1000.5,
  2 ** 31,
  Number.NaN,
  Infinity,
  '1000',
  undefined,
  null,
]) {
  test(refuses, interval, undefined, 'intervalMs');
}
test(refuses, 1000, { signal: 5 }, 'options.signal');
test(refuses, 1000, { destinations: 1 }, 'options.destinations');
test(refuses, 1000, { destination: true }, 'options.destination');
test(refuses, 1000, { services: 'tcp/10.0.0.1:80' }, 'options.services');
test(refuses, 1000, { services: ['tcp/10.0.0.1:80', 'tcp'] }, 'options.services[1]');
test(refuses, 1000, null, 'options');

test('an interval and options are taken, services in any spelling', (t) => {
  t.deepEqual(checkWatch(1000, undefined), {
    intervalMs: 1000,
    signal: undefined,
    destinations: true,
    services: undefined,
  });
  const { signal } = new AbortController();
  const options = { signal, destinations: false, services: [{ fwmark: 7 }, 'TCP/010.0.0.1:80'] };
  t.throws(() => checkWatch(1000, options));
  options.services[1] = 'TCP/10.0.0.1:80';
  t.deepEqual(checkWatch(2147483647, options), {
    intervalMs: 2147483647,
    signal,
    destinations: false,
    services: new Set(['fwmark/7/ipv4', 'tcp/10.0.0.1:80'] as ServiceId[]),
  });
});
