import { existsSync, realpathSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { follow } from './follow.js';
import { startGuard } from './guard.js';
import { createJob } from './job.js';
import { complaints, isPanic, lastWords } from './kernel-log.js';
import { prepareKind } from './kinds.js';
import { defaultModules } from './modules.js';
import { guestEnvironment, nodeHome, sharedDirectories } from './surroundings.js';

/** Exit statuses that are not the command's own. */
export const status = /** @type {const} */ ({
  usage: 64,
  unavailable: 69,
  complained: 123,
  timeout: 124,
  died: 125,
  brokenPipe: 141,
});

/** Seconds a guest may take to switch itself off. */
const leaveLimit = 30;

/** Seconds between signs of life after which a guest is dead. */
const silenceLimit = 10;

/**
 * @typedef {object} LabOptions
 * @property {readonly string[]} command the program and its arguments
 * @property {readonly string[]} [writable] directories the command may write to, as it may to the current one
 * @property {'auto' | 'uml' | 'host' | 'qemu'} [kind]
 * @property {string} [kernel]
 * @property {number} [memory] megabytes
 * @property {number} [timeout] seconds
 * @property {Readonly<Record<string, string>>} [environment] added to the caller's
 * @property {readonly string[]} [modules] to load beforehand
 * @property {boolean} [keep] leave the job directory if the guest dies
 * @property {AbortSignal | undefined} [signal]
 * @property {NodeJS.WritableStream} [stdout]
 * @property {NodeJS.WritableStream} [stderr]
 */

/**
 * Runs a command on a kernel that has IPVS.
 * @param {LabOptions} options
 * @returns {Promise<number>} its exit status, or one of those above
 */
export async function runInLab(options) {
  const { command, writable = [], kernel, environment = {}, signal } = options;
  const { kind: kindName = 'auto', memory = 1024 } = options;
  const kind = await prepareKind(kindName, { kernel, memory, signal });
  const directory = process.cwd();

  signal?.throwIfAborted();
  const job = createJob();
  const guard = startGuard(job.directory);
  let kept = false;
  try {
    const shares = kind.isGuest
      ? sharedDirectories(
          [...writable.map((path) => realpathSync(path)), directory],
          [nodeHome, kind.moduleTree],
        )
      : [];
    job.describe(kind, {
      command,
      directory,
      environment: guestEnvironment(kind, job, directory, environment),
      shares,
      // This machine's kernel loads what is asked of it, and keeps it.
      modules: options.modules ?? (kind.isGuest ? defaultModules : []),
    });
    const machine = await kind.start(job, shares);
    guard.watch(machine.group);
    const result = await attend(machine, kind, job, options);
    kept = result.failed && options.keep === true;
    if (result.message) {
      const place = kept ? `\nEverything is kept in ${job.directory}` : '';
      (options.stderr ?? process.stderr).write(`lab: ${result.message}${place}\n`);
    }
    return result.status;
  } finally {
    if (!kept) job.remove();
    await guard.dismiss();
  }
}

/**
 * Passes the output on until the machine has ended, or has to be ended.
 * @param {import('./machine.js').Machine} machine
 * @param {import('./kinds.js').Kind} kind
 * @param {import('./job.js').Job} job
 * @param {LabOptions} options
 */
async function attend(machine, kind, job, options) {
  const { stdout = process.stdout, stderr = process.stderr, timeout = 600, signal } = options;
  const done = new AbortController();
  const outputs = [follow(job.path('out'), stdout), follow(job.path('err'), stderr)];
  const copied = Promise.all(outputs.map((output) => output.copied));
  copied.catch(() => {});
  let end;
  try {
    end = await Promise.race([
      machine.ended,
      overdue(job, timeout, kind.bootLimit, done.signal),
      aborted(signal, done.signal),
      copied.then(() => 'no output'),
    ]);
  } finally {
    done.abort();
    await machine.stop();
    for (const output of outputs) output.complete();
  }
  await copied;
  return judge(end, job, timeout);
}

/**
 * Tells 'timeout' when the command had its time, 'hang' when it is the guest
 * that does not come, or go, or live.
 * @param {import('./job.js').Job} job
 * @param {number} timeout
 * @param {number} bootLimit
 * @param {AbortSignal} done
 * @returns {Promise<string>}
 */
async function overdue(job, timeout, bootLimit, done) {
  const start = performance.now();
  let left = Number.POSITIVE_INFINITY;
  for (;;) {
    const seconds = (performance.now() - start) / 1000;
    if (existsSync(job.path('status'))) left = Math.min(left, seconds);
    else if (seconds > timeout) return isSilent(job) ? 'hang' : 'timeout';
    if (seconds > left + leaveLimit) return 'hang';
    if (seconds > bootLimit && !existsSync(job.path('started'))) return 'hang';
    await delay(100, undefined, { signal: done });
  }
}

/** @param {import('./job.js').Job} job */
function isSilent(job) {
  const sign = statSync(job.path('alive'), { throwIfNoEntry: false });
  return sign !== undefined && Date.now() - sign.mtimeMs > silenceLimit * 1000;
}

/**
 * Rejects with the reason once the signal is aborted.
 * @param {AbortSignal | undefined} signal
 * @param {AbortSignal} done
 * @returns {Promise<never>}
 */
function aborted(signal, done) {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { signal: done });
  });
}

/**
 * @param {string} end
 * @param {import('./job.js').Job} job
 * @param {number} timeout
 * @returns {{ status: number, failed: boolean, message?: string }}
 */
function judge(end, job, timeout) {
  const log = job.read('kernel.log') ?? '';
  const complaint = complaints(log);
  const own = job.read('status');
  if (end === 'timeout' && !isPanic(log)) {
    return { status: status.timeout, failed: true, message: `stopped after ${timeout} s` };
  }
  if (end !== 'exit 0' || own === undefined) {
    const words = lastWords(log) || lastWords(job.read('machine.log') ?? '');
    return {
      status: status.died,
      failed: true,
      message: `the guest died (${end})${words && `; its last words:\n${words}`}`,
    };
  }
  if (complaint) {
    return {
      status: Number(own) || status.complained,
      failed: true,
      message: `the kernel complained:\n${complaint}`,
    };
  }
  return { status: Number(own), failed: false };
}
