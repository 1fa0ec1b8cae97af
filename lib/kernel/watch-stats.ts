import type { ServiceId } from '../../types/service.js';
import type { StatsDifference, WatchStatsOptions } from '../../types/stats.js';
import { InvalidValueError } from '../model/invalid-value-error.js';
import { formatServiceId, resolveServiceRef } from '../model/service-id.js';
import { describeWholeNumber, parseWholeNumber } from '../model/whole-number.js';
import { closedError } from './errors.js';
import { checkSignal } from './options.js';
import type { Session } from './session.js';
import { StatsHistory } from './stats-history.js';
import {
  type Reading,
  type ReadingCalls,
  type ReadingOptions,
  readCounters,
} from './stats-reading.js';

const shortest = 1000;
/** The longest that a timer can be set to. */
const longest = 0x7fffffff;

/** {@link WatchStatsOptions}, checked. */
export interface Watch extends ReadingOptions {
  readonly intervalMs: number;
}

/** Checks what to watch, and how often to look; throws {@link InvalidValueError}. */
export function checkWatch(intervalMs: unknown, options: WatchStatsOptions | undefined): Watch {
  const interval = parseWholeNumber(intervalMs, shortest, longest);
  if (interval === undefined) {
    const expected = `${describeWholeNumber(shortest, longest)} in milliseconds`;
    throw new InvalidValueError('intervalMs', intervalMs, expected);
  }
  const signal = checkSignal(options, ['destinations', 'services']);
  const { destinations = true, services } = options ?? {};
  if (typeof destinations !== 'boolean') {
    throw new InvalidValueError('options.destinations', destinations, 'true or false');
  }
  return { intervalMs: interval, signal, destinations, services: checkServices(services) };
}

function checkServices(services: unknown): ReadonlySet<ServiceId> | undefined {
  if (services === undefined) return undefined;
  if (!Array.isArray(services)) {
    throw new InvalidValueError('options.services', services, 'an array of services');
  }
  return new Set(
    services.map((service, index) =>
      formatServiceId(resolveServiceRef(service, `options.services[${index}]`)),
    ),
  );
}

/** What a watch is made of. */
export interface WatchParts {
  /** Milliseconds of a clock that only goes forward: that of the readings. */
  readonly now: () => number;
  /** Waits so long, or until the watch is to end, and then throws. */
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly read: () => Promise<Reading>;
}

/**
 * The differences between readings. They are due at whole intervals from the beginning, so that they do not drift;
 * those that are due while the consumer is busy, or less than half an interval after a late one, are passed over, and
 * the next difference is of the whole time.
 */
export async function* differences(
  intervalMs: number,
  { now, wait, read }: WatchParts,
): AsyncGenerator<StatsDifference, void, undefined> {
  const start = now();
  const ticksUntil = (time: number) => (time - start) / intervalMs;
  let reading = await read();
  const history = await StatsHistory.begin(reading);
  for (let tick = 0; ; ) {
    // A timer may be early by a little, and late by much: no tick is there twice, and none is so near the last reading
    // that the rates would be those of a moment.
    const passed = Math.max(Math.floor(ticksUntil(now())), Math.round(ticksUntil(reading.at)));
    tick = Math.max(tick, passed) + 1;
    await wait(start + tick * intervalMs - now());
    reading = await read();
    yield await history.advance(reading);
  }
}

/** Watches the counters that the calls read, until the watch's signal or the end of the session. */
export function watchStats(
  session: Session,
  calls: ReadingCalls,
  watch: Watch,
): AsyncGenerator<StatsDifference, void, undefined> {
  const { signal, intervalMs } = watch;
  return differences(intervalMs, {
    now: () => performance.now(),
    wait: async (milliseconds) => {
      await waitUnless(milliseconds, [signal, session.ending]);
      signal?.throwIfAborted();
      if (session.ending.aborted) throw closedError('watch-stats');
    },
    read: () => readCounters(calls, watch),
  });
}

/** Waits; ends early when one of the signals is aborted. Keeps the process alive. */
function waitUnless(
  milliseconds: number,
  signals: readonly (AbortSignal | undefined)[],
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    for (const signal of signals) signal?.addEventListener('abort', end);
    if (signals.some((signal) => signal?.aborted)) end();
  });
}
