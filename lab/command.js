import { realpathSync, statSync } from 'node:fs';
import { kindNames } from './kinds.js';
import { runInLab, status } from './run.js';
import { LabUnavailableError } from './unavailable.js';

/**
 * What a command line says, as text: the same for `scripts/lab` and for `ipvs lab`.
 * @typedef {import('../lib/cli/lab.js').LabWords} LabWords
 */

/** @typedef {import('./run.js').LabOptions} LabOptions */

/**
 * Understands what a command line says; where it says nothing, what the environment says.
 * @param {LabWords} words
 * @param {readonly string[]} command the program and its arguments
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @returns {LabOptions}
 */
export function readRequest(words, command, environment) {
  if (command.length === 0) throw new Error('expected a command; see --help');
  const { IPVS_LAB_KIND, IPVS_LAB_KERNEL, IPVS_LAB_MEM, IPVS_LAB_TIMEOUT } = environment;
  const kernel = words.kernel ?? IPVS_LAB_KERNEL;
  const modules = words.modules === false ? [] : words.modules?.split(',').filter(Boolean);
  return {
    command,
    kind: readKind(words.kind ?? (IPVS_LAB_KIND || 'auto')),
    ...(kernel && { kernel }),
    memory: readMemory(words.mem ?? (IPVS_LAB_MEM || '1G')),
    timeout: readTimeout(words.timeout ?? (IPVS_LAB_TIMEOUT || '600')),
    environment: Object.fromEntries((words.env ?? []).map(readVariable)),
    writable: (words.writable ?? []).map(readDirectory),
    ...(modules && { modules }),
    keep: words.keep === true,
  };
}

/**
 * Runs the command, and ends it when this process is to end.
 * @param {LabOptions} request
 * @returns {Promise<{ status: number, error?: Error }>} the status, and the reason where the lab cannot run here
 */
export async function perform(request) {
  const interruption = new AbortController();
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(name, () => interruption.abort(name));
  }
  // A reader that went away is noticed by whoever writes to it.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  try {
    return { status: await runInLab({ ...request, signal: interruption.signal }) };
  } catch (error) {
    if (interruption.signal.aborted) {
      process.kill(process.pid, interruption.signal.reason);
      return { status: status.died };
    }
    if (hasCode(error) && error.code === 'EPIPE') return { status: status.brokenPipe };
    if (error instanceof LabUnavailableError || hasCode(error)) {
      return { status: status.unavailable, error };
    }
    throw error;
  }
}

/** @type {import('../lib/cli/lab.js').Lab<LabOptions>} */
export const lab = { readRequest, perform, status };

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

/** The longest that a command may take, in seconds: a month, so that a soak can work as long as anyone asks. */
export const longestTimeout = 31 * 24 * 3600;

/** @param {string} text */
function readTimeout(text) {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= longestTimeout)) {
    throw new Error(`expected --timeout of 1 to ${longestTimeout} seconds, got ${text}`);
  }
  return seconds;
}

/** @param {string} text @returns {[string, string]} */
function readVariable(text) {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`expected --env NAME=VALUE, got ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** @param {string} text */
function readDirectory(text) {
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory()) return realpathSync(text);
  throw new Error(`expected --writable to name a directory, got ${text}`);
}

/**
 * The system said no: a disk is full, a file is not there.
 * @param {unknown} error
 * @returns {error is NodeJS.ErrnoException}
 */
function hasCode(error) {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
