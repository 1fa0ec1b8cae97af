/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/** What AVA and doctest say at the end. */
const counters = [
  { pattern: /^ +(\d+) tests? passed$/gm, total: /** @type {const} */ ('passed') },
  { pattern: /^ +(\d+) tests? failed$/gm, total: /** @type {const} */ ('failed') },
  { pattern: /^ +(\d+) tests? skipped$/gm, total: /** @type {const} */ ('skipped') },
  { pattern: /^ +(\d+) uncaught exceptions?$/gm, total: /** @type {const} */ ('failed') },
  { pattern: /^ +(\d+) unhandled rejections?$/gm, total: /** @type {const} */ ('failed') },
  { pattern: /^\[doctest\] test cases: .*?(\d+) passed/gm, total: /** @type {const} */ ('passed') },
  { pattern: /^\[doctest\] test cases: .*?(\d+) failed/gm, total: /** @type {const} */ ('failed') },
];

/**
 * How many tests ended how.
 * @param {string} output
 * @returns {Tally}
 */
export function tally(output) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const { pattern, total } of counters) {
    for (const [, number] of output.matchAll(pattern)) totals[total] += Number(number);
  }
  return totals;
}

/**
 * @param {Tally} one
 * @param {Tally} other
 * @returns {Tally}
 */
export function sum(one, other) {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}
