import { parseArgs } from 'node:util';
import { kindNames } from './kinds.js';
import { runInLab, status } from './run.js';
import { LabUnavailableError } from './unavailable.js';

/** @param {string} program */
const usage = (program) => `usage: ${program} [OPTION…] [--] COMMAND [ARGUMENT…]

Runs a command on a Linux kernel that has IPVS, and nothing but the command
speaks. The files are the host's own: everything can be read, the project and
the current directory can be written to, and /tmp is fresh.

  --kind KIND        auto, uml (user-mode Linux, the default), qemu (a kernel of
                     Debian's), or host (this kernel, in a network namespace;
                     needs root)
  --kernel KERNEL    5.10, 6.12, … or the kernel of a suite: forky, …; fetched
                     with apt once into ~/.cache/ipvs-lab; for uml also the path
                     of a linux.uml
  --mem SIZE         memory of the guest (default 1G)
  --timeout SECONDS  how long the command may take (default 600)
  --env NAME=VALUE   set in the command's environment; may be repeated
  --modules LIST     kernel modules to load beforehand, with commas between
  --no-modules       load none: the kernel loads what is asked of it
  --keep             keep the logs if the guest dies, and say where
  --help             this text

IPVS_LAB_KIND, IPVS_LAB_KERNEL, IPVS_LAB_MEM and IPVS_LAB_TIMEOUT stand in for
the options. The command finds IPVS_LAB=uml, qemu or host in its environment.

The exit status is the command's, or
  64   this command line makes no sense     124  the time was up
  69   the lab cannot run here              125  the guest died
  123  the command succeeded, but the kernel complained
`;

const options = /** @type {const} */ ({
  kind: { type: 'string' },
  kernel: { type: 'string' },
  mem: { type: 'string' },
  timeout: { type: 'string' },
  env: { type: 'string', multiple: true },
  modules: { type: 'string' },
  'no-modules': { type: 'boolean' },
  keep: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
});

/** @typedef {import('./run.js').LabOptions} LabOptions */

/**
 * The command line of the lab.
 * @param {readonly string[]} words
 * @param {{ program: string, project: string }} caller its name, and what it may write to
 */
export async function main(words, { program, project }) {
  /** @type {LabOptions | undefined} */
  let request;
  try {
    request = readCommandLine(words);
  } catch (error) {
    complain(error);
    process.exitCode = status.usage;
    return;
  }
  if (request === undefined) {
    process.stdout.write(usage(program));
    return;
  }
  await run({ ...request, project });
}

/** @param {LabOptions} request */
async function run(request) {
  const interruption = new AbortController();
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(name, () => interruption.abort(name));
  }
  // A reader that went away is noticed by whoever writes to it.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  try {
    process.exitCode = await runInLab({ ...request, signal: interruption.signal });
  } catch (error) {
    if (interruption.signal.aborted) process.kill(process.pid, interruption.signal.reason);
    else if (hasCode(error) && error.code === 'EPIPE') process.exitCode = status.brokenPipe;
    else if (error instanceof LabUnavailableError || hasCode(error)) {
      complain(error);
      process.exitCode = status.unavailable;
    } else throw error;
  }
}

/**
 * Nothing if only help is asked for.
 * @param {readonly string[]} words
 * @returns {LabOptions | undefined}
 */
function readCommandLine(words) {
  const { tokens } = parseArgs({ args: [...words], options, strict: false, tokens: true });
  const end = tokens.find(({ kind }) => kind !== 'option');
  const own = words.slice(0, end?.index);
  const command = words.slice(end?.kind === 'option-terminator' ? end.index + 1 : end?.index);
  const { values } = parseArgs({ args: own, options });
  if (values.help) return undefined;
  if (end === undefined || command.length === 0) throw new Error('expected a command; see --help');

  const { env } = process;
  const kind = readKind(values.kind ?? (env['IPVS_LAB_KIND'] || 'auto'));
  const kernel = values.kernel ?? env['IPVS_LAB_KERNEL'];
  const modules = values['no-modules'] ? [] : values.modules?.split(',').filter(Boolean);
  return {
    command,
    kind,
    ...(kernel && { kernel }),
    memory: readMemory(values.mem ?? (env['IPVS_LAB_MEM'] || '1G')),
    timeout: readTimeout(values.timeout ?? (env['IPVS_LAB_TIMEOUT'] || '600')),
    environment: Object.fromEntries((values.env ?? []).map(readVariable)),
    ...(modules && { modules }),
    keep: values.keep === true,
  };
}

/** @param {string} text */
function readKind(text) {
  const kind = kindNames.find((name) => name === text);
  if (kind === undefined) throw new Error(`expected --kind ${kindNames.join('|')}, got ${text}`);
  return kind;
}

/** @param {string} text */
function readMemory(text) {
  const [, digits, unit] = /^(\d{1,6})([MG])$/i.exec(text) ?? [];
  const megabytes = Number(digits) * (unit?.toUpperCase() === 'G' ? 1024 : 1);
  if (!(megabytes >= 128)) throw new Error(`expected --mem of 128M or more, got ${text}`);
  return megabytes;
}

/** @param {string} text */
function readTimeout(text) {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86400)) {
    throw new Error(`expected --timeout of 1 to 86400 seconds, got ${text}`);
  }
  return seconds;
}

/** @param {string} text @returns {[string, string]} */
function readVariable(text) {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`expected --env NAME=VALUE, got ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** @param {unknown} error */
function complain(error) {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : error}\n`);
}

/**
 * The system said no: a disk is full, a file is not there.
 * @param {unknown} error
 * @returns {error is NodeJS.ErrnoException}
 */
function hasCode(error) {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
