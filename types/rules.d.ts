import type { Timeouts } from './config.js';
import type { SyncDaemon, SyncDaemonSpec, SyncRole } from './daemon.js';
import type { DestinationKey, DestinationSpec } from './destination.js';
import type { OmittedObject } from './document.js';
import type { Protocol, ServiceKey, ServiceSpec } from './service.js';

/** What a line of rules asks for. */
export type RuleCommand =
  | { readonly command: 'add-service' | 'edit-service'; readonly service: ServiceSpec }
  | { readonly command: 'delete-service'; readonly service: ServiceKey }
  | {
      readonly command: 'add-destination' | 'edit-destination';
      readonly service: ServiceKey;
      readonly destination: Required<DestinationKey> & DestinationSpec;
    }
  | {
      readonly command: 'delete-destination';
      readonly service: ServiceKey;
      readonly destination: Required<DestinationKey>;
    }
  | { readonly command: 'clear' }
  | { readonly command: 'zero'; readonly service?: ServiceKey }
  /** Seconds; what is absent stays as it is. */
  | { readonly command: 'set-timeouts'; readonly timeouts: Partial<Timeouts> }
  | { readonly command: 'start-daemon'; readonly daemon: SyncDaemonSpec }
  | { readonly command: 'stop-daemon'; readonly role: SyncRole };

/** A line of rules, as `ipvsadm -S` writes it and `ipvsadm -R` reads it. */
export type Rule = RuleCommand & {
  /** The number of its line, from 1. */
  readonly line: number;
};

/** What the names of hosts and ports in rules stand for. */
export interface RuleNames {
  /** The IPv4 address of a host; `undefined` when it is not known. */
  host?(name: string): string | undefined;
  /** The port of a service such as `http`; `undefined` when it is not known. */
  port?(name: string, protocol: Protocol): number | undefined;
}

/** How rules are read. */
export interface ParseRulesOptions {
  /** Default: names are errors, since nothing is looked up. */
  readonly names?: RuleNames;
}

/** What `formatRules` writes besides services. */
export interface FormatRulesOptions {
  /** As `--set`; of what is absent, 0, which leaves it as it is. Default: not written. */
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** As `--start-daemon`. Default: not written. */
  readonly syncDaemons?: readonly SyncDaemon[] | undefined;
  /** Called for each service that the kernel can hold and no rule can ask for, and so is left out. */
  readonly onOmitted?: (omitted: OmittedObject) => void;
}
