import { parseArgs } from 'node:util';
import { perform, readRequest } from './command.js';
import { status } from './run.js';

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
  --writable DIR     can be written to as well; may be repeated
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
  writable: { type: 'string', multiple: true },
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
  const end = await perform({ ...request, writable: [project, ...(request.writable ?? [])] });
  if (end.error !== undefined) complain(end.error);
  process.exitCode = end.status;
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
  const modules = values['no-modules'] ? /** @type {const} */ (false) : values.modules;
  return readRequest({ ...values, modules }, end === undefined ? [] : command, process.env);
}

/** @param {unknown} error */
function complain(error) {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : error}\n`);
}
