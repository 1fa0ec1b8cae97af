import type { Info, Timeouts } from '../../../types/config.js';
import type { SyncDaemon } from '../../../types/daemon.js';
import type { BoundAddress, NetworkDevice } from '../../../types/device.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import type { ApplicationHelper } from '../../../types/stats.js';
import type { Neighbours } from './neighbours.js';
import type { NetworkSettings } from './network-settings.js';
import type { Privileges } from './privileges.js';
import type { Routes } from './routes.js';

/** A network device, and whether it is up. */
export interface SeenDevice extends NetworkDevice {
  readonly up: boolean;
}

/** The kernel's version, as far as it matters. */
export interface Release {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** Whether the kernel has IPVS, and could. */
export interface ModuleState {
  readonly loaded: boolean;
  /** Whether a module for this kernel is installed; `undefined` where that could not be seen. */
  readonly installed: boolean | undefined;
}

/** What became of connecting to a destination; `undefined` when it answered. */
export type Probes = ReadonlyMap<string, string | undefined>;

/** What checks look at: of one network namespace, read once. What could not be found out is absent. */
export interface Facts {
  readonly release?: Release;
  readonly module?: ModuleState;
  readonly privileges?: Privileges;
  readonly services?: readonly ServiceSnapshot[];
  /** Sysctls under net.ipv4.vs. */
  readonly sysctls?: Readonly<Record<string, number | string>>;
  readonly timeouts?: Timeouts;
  readonly info?: Info;
  readonly daemons?: readonly SyncDaemon[];
  readonly applications?: readonly ApplicationHelper[];
  readonly addresses?: readonly BoundAddress[];
  readonly devices?: readonly SeenDevice[];
  readonly settings?: NetworkSettings;
  readonly routes?: Routes;
  readonly neighbours?: Neighbours;
  readonly probes?: Probes;
}

export type FactName = keyof Facts;

/** Facts that have been found out. */
export type Known<Name extends FactName> = { readonly [Each in Name]: NonNullable<Facts[Each]> };

/** What was found out, and why the rest was not. */
export interface Examination {
  readonly facts: Facts;
  readonly unknown: ReadonlyMap<FactName, string>;
}
