/** What is counted, each of every work of its language. */
export const measures = {
  /** How often blocks of the library's own code were executed. The same on every Node there is. */
  'JavaScript blocks': { tolerance: 0.01 },
  /** Bytes of memory taken, by code that is not optimized. On another Node they differ by up to 7 %. */
  'JavaScript bytes': { tolerance: 0.01, elsewhere: 0.1 },
  /** Calls of `new`. */
  'native allocations': { tolerance: 0.01 },
  /** Bytes taken with `new`. */
  'native bytes': { tolerance: 0.01 },
  /** Instructions, the C library's included. Of another compiler they are other instructions. */
  'native instructions': { tolerance: 0.01, elsewhere: undefined },
} as const satisfies Record<string, Tolerances>;

export type Measure = keyof typeof measures;

/** By how much counts may differ, as a part of 1. */
export interface Tolerances {
  readonly tolerance: number;
  /**
   * Where counts depend on what they were counted with: by how much they may differ when that is something else; undefined
   * when they are not to be compared then.
   */
  readonly elsewhere?: number | undefined;
}

/** Counts by the name of the work, each for one item of it. */
export type Counts = Readonly<Record<string, number>>;

export interface Counted {
  /** What they were counted with, where they depend on that. */
  readonly environment?: string;
  readonly counts: Counts;
}

/** The count of one item, to four digits: enough for tolerances, and short to read. */
export function perItem(count: number, items: number): number {
  return Number((count / items).toPrecision(4));
}
