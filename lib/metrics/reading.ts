import type { Info, Timeouts } from '../../types/config.js';
import type { SyncDaemon } from '../../types/daemon.js';
import type { Snapshot } from '../../types/snapshot.js';
import type { CpuTotals, Stats } from '../../types/stats.js';
import { type ConnectionCount, countConnections } from './connection-count.js';
import type { CompleteMetricsOptions } from './options.js';
import type { MetricsSource } from './source.js';

/** What can be read, and fail, on its own. */
export type ReadPart = 'services' | 'totals' | 'cpus' | 'settings' | 'connections';

export interface Settings {
  readonly info?: Info | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly daemons?: readonly SyncDaemon[] | undefined;
}

/** What the kernel said at one time. What was not asked for, or could not be read, is absent. */
export interface Reading {
  readonly services?: Snapshot;
  readonly totals?: Stats;
  readonly cpus?: readonly CpuTotals[];
  readonly settings?: Settings;
  readonly connections?: readonly ConnectionCount[];
  readonly durationSeconds: number;
  /** What could not be read, and why. */
  readonly failures: ReadonlyMap<ReadPart, unknown>;
}

/** Reads everything once. What fails is among the failures; it never rejects. */
export async function read(
  source: MetricsSource,
  options: Pick<CompleteMetricsOptions, 'cpus' | 'connections'>,
): Promise<Reading> {
  const started = performance.now();
  const failures = new Map<ReadPart, unknown>();
  const attempt = async <Value>(
    part: ReadPart,
    work: () => Promise<Value> | undefined,
  ): Promise<Value | undefined> => {
    try {
      return await work();
    } catch (error) {
      failures.set(part, error);
      return undefined;
    }
  };
  const files = source.capabilities?.files;
  // All in one turn, so that they travel together.
  const [services, totals, cpus, settings, connections] = await Promise.all([
    attempt('services', () => source.snapshot({ settings: false, addresses: false })),
    attempt('totals', () => (files?.totals === false ? undefined : source.totals?.())),
    attempt('cpus', () =>
      options.cpus && files?.cpuTotals !== false ? source.cpuTotals?.() : undefined,
    ),
    attempt('settings', () => readSettings(source)),
    attempt('connections', () =>
      options.connections && files?.connections !== false && source.connections !== undefined
        ? countConnections(source.connections())
        : undefined,
    ),
  ]);
  return {
    ...(services === undefined ? undefined : { services }),
    ...(totals === undefined ? undefined : { totals }),
    ...(cpus === undefined ? undefined : { cpus }),
    ...(settings === undefined ? undefined : { settings }),
    ...(connections === undefined ? undefined : { connections }),
    durationSeconds: (performance.now() - started) / 1000,
    failures,
  };
}

async function readSettings(source: MetricsSource): Promise<Settings> {
  const [info, timeouts, daemons] = await Promise.all([
    source.info?.(),
    source.timeouts?.(),
    source.syncDaemons?.(),
  ]);
  return { info, timeouts, daemons };
}
