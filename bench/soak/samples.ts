import { readdirSync } from 'node:fs';

/** What a process holds at one moment. */
export interface Sample {
  /** What had been done by then. */
  readonly done: number;
  /** Bytes of it in memory. */
  readonly resident: number;
  /** Bytes of objects and of their buffers, after a collection. */
  readonly heap: number;
  readonly descriptors: number;
  readonly threads: number;
}

/** How long what was let go of may take to be gone, in milliseconds. */
const patience = 1000;

/**
 * Looks at the own process, which has to run with `--expose-gc`. What is more than in the sample before is given time to
 * go.
 */
export async function takeSample(done: number, before?: Sample): Promise<Sample> {
  const end = performance.now() + patience;
  for (;;) {
    const sample = await look(done);
    const isMore =
      before !== undefined &&
      (sample.descriptors > before.descriptors || sample.threads > before.threads);
    if (!isMore || performance.now() > end) return sample;
  }
}

async function look(done: number): Promise<Sample> {
  // What one collection found goes in the background, until the next.
  for (let times = 0; times < 2; times += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    done,
    resident: rss,
    heap: heapUsed + external,
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
  };
}

/** How something went on while work was done. */
export interface Trend {
  readonly samples: number;
  /** What the line says that fits the samples best, in bytes for each unit of work. */
  readonly residentSlope: number;
  readonly heapSlope: number;
  /** The same from the first sample to the last, in bytes. */
  readonly residentGrowth: number;
  readonly heapGrowth: number;
  readonly first: Sample;
  readonly last: Sample;
}

/** The part of the work that warms up, and is left out. */
const warmUp = 0.25;

/** What samples come to after the warm-up. */
export function trendOf(samples: readonly Sample[]): Trend {
  const total = samples.at(-1)?.done ?? 0;
  const kept = samples.filter(({ done }) => done >= total * warmUp);
  const [first, last] = [kept[0], kept.at(-1)];
  if (first === undefined || last === undefined || kept.length < 3) {
    throw new Error(`${kept.length} samples are too few`);
  }
  const residentSlope = slope(kept.map(({ done, resident }) => [done, resident]));
  const heapSlope = slope(kept.map(({ done, heap }) => [done, heap]));
  const way = last.done - first.done;
  return {
    samples: kept.length,
    residentSlope,
    heapSlope,
    residentGrowth: residentSlope * way,
    heapGrowth: heapSlope * way,
    first,
    last,
  };
}

/** How steep the line is that fits points best. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}

const mebibyte = 2 ** 20;

/** Bytes by which a process may have grown from the first sample to the last: less is lost in what comes and goes. */
const most = { resident: 8 * mebibyte, heap: 2 * mebibyte };

/** What is wrong with how a process went on. */
export function faultsOf({ residentGrowth, heapGrowth, first, last }: Trend): string[] {
  const faults: string[] = [];
  const inMebibytes = (bytes: number) => `${(bytes / mebibyte).toFixed(1)} MiB`;
  if (residentGrowth > most.resident) {
    faults.push(`its memory has grown by ${inMebibytes(residentGrowth)}`);
  }
  if (heapGrowth > most.heap) faults.push(`its heap has grown by ${inMebibytes(heapGrowth)}`);
  for (const what of ['descriptors', 'threads'] as const) {
    if (last[what] > first[what]) faults.push(`${what}: ${last[what]} after ${first[what]}`);
  }
  return faults;
}
