import { isUnavailable } from './kernel-suite.js';
import { sum } from './tally.js';

/** @typedef {import('./kernel-suite.js').Result} Result */

const header = ['kernel', 'release', 'passed', 'failed', 'skipped', 'time'];

/**
 * A table, in Markdown, of how the tests ended on each kernel.
 * @param {readonly Result[]} results
 */
export function kernelTable(results) {
  const rows = [...groupByKernel(results).values()].map(row);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join(
    '\n',
  );
}

/**
 * @param {readonly Result[]} results
 * @returns {Map<string, Result[]>}
 */
function groupByKernel(results) {
  /** @type {Map<string, Result[]>} */
  const groups = new Map();
  for (const result of results) {
    groups.set(result.kernel, [...(groups.get(result.kernel) ?? []), result]);
  }
  return groups;
}

/** @param {readonly Result[]} results of one kernel */
function row(results) {
  const { kernel = '', release = '' } = results[0] ?? {};
  if (results.every(isUnavailable)) return [kernel, 'not to be had here', '', '', '', ''];
  const { passed, failed, skipped } = results.map((result) => result.tally).reduce(sum);
  const time = duration(results.reduce((total, result) => total + result.seconds, 0));
  return [kernel, release, String(passed), failures(results, failed), String(skipped), time];
}

/**
 * A guest can also fail without a test that does.
 * @param {readonly Result[]} results
 * @param {number} failed
 */
function failures(results, failed) {
  const status = results.find((result) => result.status !== 0)?.status;
  return failed > 0 || status === undefined ? String(failed) : `status ${status}`;
}

/** @param {number} seconds */
function duration(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
