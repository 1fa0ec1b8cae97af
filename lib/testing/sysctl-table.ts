import { InvalidValueError } from '../model/invalid-value-error.js';
import { readSysctl, sysctlNameExpected, sysctlRule } from '../model/sysctls.js';
import { Refusal } from './refusal.js';

/** What a network namespace of Linux 6.1 begins with. */
const defaults: Readonly<Record<string, number | string>> = {
  am_droprate: 10,
  amemthresh: 1024,
  backup_only: 0,
  cache_bypass: 0,
  conn_reuse_mode: 1,
  conntrack: 0,
  debug_level: 0,
  drop_entry: 0,
  drop_packet: 0,
  expire_nodest_conn: 0,
  expire_quiescent_template: 0,
  ignore_tunneled: 0,
  lblc_expiration: 86400,
  lblcr_expiration: 86400,
  nat_icmp_send: 0,
  pmtu_disc: 1,
  run_estimation: 1,
  schedule_icmp: 0,
  secure_tcp: 0,
  sloppy_sctp: 0,
  sloppy_tcp: 0,
  snat_reroute: 1,
  sync_persist_mode: 0,
  sync_ports: 1,
  sync_qlen_max: 8192,
  sync_refresh_period: 0,
  sync_retries: 0,
  sync_sock_size: 0,
  sync_threshold: '3 50',
  sync_version: 1,
};

/** Where memory is not short, and here it never is, the kernel makes 1 of 2. */
const byMemory: ReadonlySet<string> = new Set(['drop_entry', 'drop_packet', 'secure_tcp']);

/** The settings under `net.ipv4.vs`. */
export class SysctlTable {
  readonly #values: Map<string, number | string>;

  /** Values to begin with, beside and instead of those of Linux 6.1; `undefined` for those that are not there. */
  constructor(others: Readonly<Record<string, number | string | undefined>>) {
    this.#values = new Map();
    for (const [name, value] of Object.entries({ ...defaults, ...others })) {
      if (value !== undefined) this.#values.set(name, value);
    }
  }

  list(): Record<string, number | string> {
    return Object.fromEntries([...this.#values].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** One that is off or on, or a number. */
  number(name: string): number {
    const value = this.#values.get(name);
    return typeof value === 'number' ? value : 0;
  }

  set(name: string, text: string): void {
    if (!this.#values.has(name)) {
      const rule = sysctlRule(name);
      if (rule === undefined) throw new InvalidValueError('name', name, sysctlNameExpected);
      throw new Refusal('ENOENT', { missing: 'sysctl', absent: rule.absent });
    }
    const value = readSysctl(name, text);
    this.#values.set(name, byMemory.has(name) && value === 2 ? 1 : value);
  }
}
