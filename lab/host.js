import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { kernelMessagesSince, uptime } from './kernel-log.js';
import { startMachine } from './machine.js';
import { requireTools } from './tools.js';
import { LabUnavailableError } from './unavailable.js';

const table = '/proc/net/ip_vs';

/**
 * The host's own kernel, in namespaces that leave its network alone.
 * @param {import('./kinds.js').KindOptions} _options
 * @returns {import('./kinds.js').Kind}
 */
export function prepareHost(_options) {
  const tools = requireTools("the host's kernel", ['unshare', 'setsid', 'ip', 'modprobe']);
  if (!isRealRoot()) throw new LabUnavailableError("the host's kernel needs the host's root user");
  loadIpvs(tools.modprobe);

  return {
    name: 'host',
    isGuest: false,
    bootLimit: 60,
    modprobe: tools.modprobe,
    async start(job) {
      const start = uptime();
      const log = openSync(job.path('machine.log'), 'a');
      const machine = await startMachine(
        [
          tools.unshare,
          ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
          ...['/bin/sh', job.path('init')],
        ],
        {
          env: { LAB_JOB: job.directory, LAB_KIND: 'host' },
          stdio: ['ignore', log, log],
        },
      );
      closeSync(log);
      const ended = machine.ended.then((end) => {
        writeFileSync(job.path('kernel.log'), kernelMessagesSince(start));
        return end;
      });
      return { ...machine, ended };
    },
  };
}

/** Not root of a container's user namespace: that one may not load modules. */
function isRealRoot() {
  return (
    process.getuid?.() === 0 &&
    / 4294967295$/.test(readFileSync('/proc/self/uid_map', 'utf8').trim())
  );
}

/** @param {string} modprobe */
function loadIpvs(modprobe) {
  if (existsSync(table)) return;
  let reason = '';
  try {
    execFileSync(modprobe, ['ip_vs'], { stdio: 'pipe' });
  } catch (error) {
    reason =
      error instanceof Error ? `\n${error.message.trim().split('\n').slice(1).join('\n')}` : '';
  }
  if (!existsSync(table)) {
    throw new LabUnavailableError(
      `the host's kernel, ${release()}, has no IPVS; try --kind uml${reason}`,
    );
  }
}
