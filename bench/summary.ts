import { type Measurement, median } from './measure.js';

/** What the runs of one way of a work came to; times and calls are of one operation. */
export interface WaySummary {
  readonly way: string;
  /** What each round took. */
  readonly microseconds: readonly number[];
  /** Milliseconds: the longest time the event loop was kept from other work in a run. */
  readonly stall?: number;
  readonly calls?: number;
}

/** A work, and its ways: the limit first. */
export interface WorkSummary {
  readonly work: string;
  readonly unit: string;
  readonly ways: readonly WaySummary[];
}

/** Everything that was measured on one table. */
export interface TableSummary {
  readonly table: string;
  readonly works: readonly WorkSummary[];
}

export function summarize(
  way: string,
  operations: number,
  measurements: readonly Measurement[],
): WaySummary {
  // To look at the event loop takes time.
  const timed = measurements.filter(({ stall }) => stall === undefined);
  const microseconds = timed.map((each) => (each.milliseconds * 1000) / operations);
  const stalls = measurements.flatMap(({ stall }) => stall ?? []);
  const calls = measurements.flatMap((each) => each.calls ?? []);
  return {
    way,
    microseconds,
    ...(stalls.length === 0 ? {} : { stall: median(stalls) }),
    ...(calls.length === 0 ? {} : { calls: median(calls) / operations }),
  };
}

/**
 * How many times as long one way takes as another, in each round: a machine that is slower for a while is so for both.
 */
export function timesAsLong(way: WaySummary, other: WaySummary): number[] {
  return way.microseconds.map((each, round) => each / (other.microseconds[round] as number));
}

/** What is held in memory, services and all, per destination. */
export interface MemorySummary {
  readonly table: string;
  readonly results: readonly { readonly what: string; readonly bytes: number }[];
}

/** What was measured in the lab. */
export interface LabSummary {
  /** The kernel's release. */
  readonly kernel: string;
  readonly tables: readonly TableSummary[];
  readonly memory: readonly MemorySummary[];
}
