import type { SysctlName } from '../../types/sysctl.js';
import type { Report } from './report.js';
import {
  cpuList,
  largestInt,
  onOrOff,
  powerOfTwo,
  type SysctlForm,
  threshold,
  unsignedLong,
  wholeNumber,
} from './sysctl-forms.js';

/** What is known of a sysctl. */
export interface SysctlRule {
  readonly form: SysctlForm;
  /** Why a kernel that has IPVS may not have it; absent for what all have. */
  readonly absent?: string;
  /** In a network namespace of another user namespace than the first it can only be read. */
  readonly guarded?: true;
  /** What the kernel can have against a value that the form allows. */
  readonly refused?: string;
}

const positive = wholeNumber(0, largestInt);
const mode = wholeNumber(0, 3);
const loadFactor = wholeNumber(-8, 8);

/** Seconds that the kernel with the largest range (HZ=100) can hold. */
const seconds: SysctlRule = {
  form: wholeNumber(0, 21_474_836),
  refused: 'the most it can hold is 2147483647 divided by its HZ, 2147483 seconds where HZ is 1000',
};

const flag: SysctlRule = { form: onOrOff };

const since = (version: string) => `it came with Linux ${version}`;
const config = (option: string) => `only kernels built with ${option} have it`;
const expiration = (scheduler: string): SysctlRule => ({
  ...seconds,
  absent: `it is there while the module ip_vs_${scheduler} is loaded, and not in a network namespace of another user namespace than the first`,
});

const rules: Readonly<Record<SysctlName, SysctlRule>> = {
  am_droprate: { form: positive },
  amemthresh: { form: positive },
  backup_only: flag,
  cache_bypass: flag,
  conn_lfactor: { form: loadFactor, absent: since('7.1'), guarded: true },
  conn_max: {
    form: wholeNumber(0, 2 ** 30),
    absent: since('7.2'),
    refused:
      'a kernel of 32 bits holds 16777216, and without CAP_NET_ADMIN in the first user namespace the limit is what was last set with it',
  },
  conn_reuse_mode: { form: mode },
  conntrack: { ...flag, absent: config('CONFIG_IP_VS_NFCT') },
  debug_level: { form: positive, absent: config('CONFIG_IP_VS_DEBUG') },
  drop_entry: { form: mode },
  drop_packet: { form: mode },
  est_cpulist: {
    form: cpuList,
    absent: since('6.2'),
    guarded: true,
    refused: 'the list names a CPU that this machine cannot have',
  },
  est_nice: { form: wholeNumber(-20, 19), absent: since('6.2'), guarded: true },
  expire_nodest_conn: flag,
  expire_quiescent_template: flag,
  ignore_tunneled: flag,
  lblc_expiration: expiration('lblc'),
  lblcr_expiration: expiration('lblcr'),
  nat_icmp_send: flag,
  pmtu_disc: flag,
  run_estimation: { ...flag, absent: since('5.16'), guarded: true },
  schedule_icmp: flag,
  secure_tcp: { form: mode },
  sloppy_sctp: flag,
  sloppy_tcp: flag,
  snat_reroute: flag,
  svc_lfactor: { form: loadFactor, absent: since('7.1'), guarded: true },
  sync_persist_mode: flag,
  sync_ports: { form: powerOfTwo(64) },
  sync_qlen_max: {
    form: unsignedLong,
    guarded: true,
    refused: 'a kernel of 32 bits holds 4294967295',
  },
  sync_refresh_period: seconds,
  sync_retries: { form: mode },
  sync_sock_size: { form: positive, guarded: true },
  sync_threshold: { form: threshold },
  sync_version: { form: wholeNumber(0, 1) },
};

/** Every sysctl that is known. */
export const sysctlNames = Object.keys(rules) as SysctlName[];

/** What a sysctl holds that a later kernel may bring. */
export const unknownSysctl: SysctlRule = { form: wholeNumber(-largestInt - 1, largestInt) };

/** What is known of a sysctl; `undefined` for a name that is not known. */
export function sysctlRule(name: string): SysctlRule | undefined {
  return Object.hasOwn(rules, name) ? rules[name as SysctlName] : undefined;
}

/** The words of an error message for a name that is none. */
export const sysctlNameExpected = 'the name of a sysctl of IPVS, such as expire_nodest_conn';

/** Whether a text can name a sysctl, known or not. */
export function isSysctlName(name: unknown): name is string {
  return typeof name === 'string' && sysctlNamePattern.test(name);
}

/** What the names of sysctls look like. */
export const sysctlNamePattern = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * Checks a value for a sysctl and answers the text that sets it. A name that is not known may be one that a later kernel
 * brings: then the value is a whole number that fits the kernel's `int`. `undefined` after an error.
 */
export function checkSysctl(
  name: unknown,
  value: unknown,
  report: Report,
  path: string,
): string | undefined {
  if (!isSysctlName(name)) {
    return report.error('E_SYSCTL', `${path}/name`, name, sysctlNameExpected);
  }
  const { form } = sysctlRule(name) ?? unknownSysctl;
  const text = form.write(value);
  return text ?? report.error('E_SYSCTL', `${path}/${name}`, value, form.expected);
}

/** The value that a text of the kernel's stands for. */
export function readSysctl(name: string, text: string): number | string {
  return (sysctlRule(name) ?? unknownSysctl).form.read(text);
}
