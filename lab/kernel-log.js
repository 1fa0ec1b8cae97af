import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';

/** What a kernel says when something in it is broken. */
const complaint =
  /WARNING: (CPU|\S+:\d+ at )|\bBUG:|refcount_t:|unregister_netdevice: waiting|\bOops\b|general protection|Kernel panic|Kernel mode (signal|fault)|Segfault with no mm|UBSAN:|list_(add|del) corruption/;

const panic = /Kernel panic|Kernel mode (signal|fault)|Segfault with no mm/;

const linesBefore = 10;
const linesAfter = 40;

/**
 * The log around the kernel's first complaint, or nothing.
 * @param {string} log
 */
export function complaints(log) {
  const lines = log.trimEnd().split('\n');
  const first = lines.findIndex((line) => complaint.test(line));
  if (first === -1) return '';
  return lines.slice(Math.max(first - linesBefore, 0), first + linesAfter).join('\n');
}

/**
 * The first complaint if there is one, else the end of the log.
 * @param {string} log
 */
export function lastWords(log) {
  return complaints(log) || log.trimEnd().split('\n').slice(-linesAfter).join('\n');
}

/** @param {string} log */
export function isPanic(log) {
  return panic.test(log);
}

/** Seconds since this kernel started, the time its messages bear. */
export function uptime() {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}

/**
 * What this kernel said since then, as far as one may know.
 * @param {number} seconds
 */
export function kernelMessagesSince(seconds) {
  const buffer = Buffer.alloc(8192);
  let text = '';
  try {
    const file = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      // One message each, until there are no more: an error, as this does not wait.
      for (;;) {
        const record = buffer.toString('utf8', 0, readSync(file, buffer));
        const [, microseconds, message] = /^\d+,\d+,(\d+),[^;]*;(.*)/.exec(record) ?? [];
        if (Number(microseconds) >= seconds * 1e6) text += `${message}\n`;
      }
    } finally {
      closeSync(file);
    }
  } catch {
    return text;
  }
}
