import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const grace = 1000;

/**
 * A program with a process group of its own, so that it can be ended with all
 * it started.
 * @typedef {object} Machine
 * @property {number} group
 * @property {Promise<string>} ended how it ended: 'exit 0', 'signal SIGABRT'
 * @property {() => Promise<void>} stop
 */

/**
 * @param {readonly string[]} command
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<Machine>}
 */
export async function startMachine([program = '', ...args], options) {
  const child = spawn(program, args, { ...options, detached: true });
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit ${code}`));
  });
  await once(child, 'spawn');
  const group = /** @type {number} */ (child.pid);
  return {
    group,
    ended: /** @type {Promise<string>} */ (ended),
    async stop() {
      signalGroup(group, 'SIGTERM');
      await Promise.race([ended, delay(grace, undefined, { ref: false })]);
      // Also after a clean end: helpers may have outlived their leader.
      signalGroup(group, 'SIGKILL');
      await ended;
    },
  };
}

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
