import type { Clock } from '../../types/clock.js';
import type { Timeouts } from '../../types/config.js';
import { ConnectionTable } from './connection-table.js';
import { DeviceTable } from './device-table.js';
import { builtInSchedulers } from './schedulers/schedulers.js';
import { ServiceTable } from './service-table.js';
import { SysctlTable } from './sysctl-table.js';

/** What a fake kernel begins with. */
export interface MachineOptions {
  /** The schedulers that are available. Default: those of Linux 6.1, which are all that the library names but `twos`. */
  readonly schedulers?: readonly string[];
  /** The persistence engines that are available. Default `sip`. */
  readonly engines?: readonly string[];
  /** Sysctls to begin with, beside and instead of those of Linux 6.1; `undefined` for those that are not there. */
  readonly sysctls?: Readonly<Record<string, number | string | undefined>>;
  /**
   * Whether the loopback is up. Before a namespace has had its first IPv4 address, the kernel takes no IPv4 destination.
   * Default true.
   */
  readonly loopback?: boolean;
  /** What the kernel mixes into the order in which it lists services, 0 to 255; in a real one it is another in each namespace. Default 0. */
  readonly salt?: number;
}

/** A namespace of the fake kernel: its tables, and what becomes of them in time. */
export class Machine {
  readonly services: ServiceTable;
  readonly connections: ConnectionTable;
  readonly devices: DeviceTable;
  readonly sysctls: SysctlTable;
  timeouts: Timeouts = { tcp: 900, tcpFin: 120, udp: 300 };
  readonly #clock: Clock;

  constructor(clock: Clock, options: MachineOptions) {
    const now = () => clock.now();
    this.#clock = clock;
    this.devices = new DeviceTable(options.loopback ?? true);
    this.sysctls = new SysctlTable(options.sysctls ?? {});
    this.services = new ServiceTable({
      now,
      schedulers: new Set(options.schedulers ?? builtInSchedulers),
      engines: new Set(options.engines ?? ['sip']),
      isDestinationAddress: (address) => this.devices.isDestination(address),
      onRemoved: () => this.connections.onRemoved(),
      salt: options.salt ?? 0,
    });
    this.connections = new ConnectionTable({
      now,
      timeouts: () => this.timeouts,
      sysctl: (name) => this.sysctls.number(name),
      services: this.services,
    });
  }

  /** Does what has become due since the last look: connections expire, and the trash is swept. */
  turn(): void {
    const now = this.#clock.now();
    const { trash } = this.services;
    for (
      let sweep = trash.nextSweep;
      sweep !== undefined && sweep <= now;
      sweep = trash.nextSweep
    ) {
      this.connections.turn(sweep);
      trash.sweep();
    }
    this.connections.turn(now);
  }
}
