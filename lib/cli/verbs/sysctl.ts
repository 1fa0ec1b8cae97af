import type { Command } from 'commander';
import type { SysctlName } from '../../../types/sysctl.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { InvalidValueError } from '../../model/invalid-value-error.js';
import { throwingReport } from '../../model/report.js';
import { checkSysctl, isSysctlName, readSysctl, sysctlNameExpected } from '../../model/sysctls.js';
import type { Context } from '../context.js';
import { printJson } from '../json.js';
import {
  addExamples,
  addJsonOption,
  addKernelOptions,
  type KernelOptions,
  type OutputOptions,
  withIpvs,
} from '../verb.js';

/** What an argument asks for: to show a setting, or to set it. */
interface Wanted {
  readonly name: string;
  readonly value?: number | string;
}

export function configure(command: Command, context: Context): void {
  command.argument('[setting...]', 'a name, or name=value; default: all are shown');
  addJsonOption(addKernelOptions(command));
  addExamples(
    command,
    ['ipvs sysctl', 'every setting of this kernel'],
    ['ipvs sysctl conn_reuse_mode', 'one of them'],
    ['ipvs sysctl expire_nodest_conn=1 sloppy_tcp=1', 'set two'],
  );
  command.action(async (words: string[], options: KernelOptions & OutputOptions) => {
    const wanted = words.map(readWanted);
    const settings = await withIpvs(context, options, (ipvs) => carryOut(ipvs, wanted));
    if (options.json) printJson(context, settings);
    else context.stdout.write(formatSettings(settings));
  });
}

/** Reads an argument. Every one is checked before the first is carried out. */
function readWanted(word: string): Wanted {
  const [whole, ...rest] = word.split('=');
  const name = whole?.replace(/^net[./]ipv4[./]vs[./]/, '') ?? '';
  if (!isSysctlName(name)) throw new InvalidValueError('setting', word, sysctlNameExpected);
  if (rest.length === 0) return { name };
  const value = readSysctl(name, rest.join('=').trim());
  checkSysctl(name, value, throwingReport, '');
  return { name, value };
}

/** Sets what has a value, and tells what the kernel has then. */
async function carryOut(
  ipvs: Ipvs,
  wanted: readonly Wanted[],
): Promise<Record<string, number | string>> {
  const before = await ipvs.sysctls();
  for (const { name } of wanted) {
    if (!Object.hasOwn(before, name)) throw new Error(`this kernel has no setting ${name} here`);
  }
  for (const { name, value } of wanted) {
    if (value !== undefined) await ipvs.setSysctl(name as SysctlName, value as never);
  }
  if (wanted.length === 0) return before;
  const after = await ipvs.sysctls();
  return Object.fromEntries(wanted.map(({ name }) => [name, after[name] as number | string]));
}

function formatSettings(settings: Readonly<Record<string, number | string>>): string {
  const names = Object.keys(settings).sort();
  const width = Math.max(...names.map((name) => name.length), 0);
  if (names.length === 0) return 'This namespace has no settings of IPVS.\n';
  return names.map((name) => `${name.padEnd(width)}  ${settings[name]}\n`).join('');
}
