import test, { type ExecutionContext } from 'ava';
import { compare } from '../../bench/counts/compare.js';
import { type Kept, readCounts } from '../../bench/counts/counts-file.js';
import type { Counted, Measure } from '../../bench/counts/measures.js';

const whatToDo =
  'Look for the reason first. If it is right so, run "npm run counts -- --update" and commit counts.json with the ' +
  'change and the reason.';

/** Declares a test for each of some measures that are counted together. */
export function testsThatCountsAreAsKept(
  names: readonly Measure[],
  count: () => Promise<Kept>,
): void {
  let counted: Promise<Kept> | undefined;
  for (const name of names) {
    test(`${name} are as they are kept`, async (t) => {
      counted ??= count();
      const [kept, now] = [readCounts()[name], (await counted)[name]];
      if (kept === undefined || now === undefined) return t.fail(`no ${name}. ${whatToDo}`);
      t.true(Object.keys(now.counts).length > 0, 'nothing was counted');
      check(t, name, kept, now);
    });
  }
}

function check(t: ExecutionContext, name: Measure, kept: Counted, now: Counted): void {
  const comparison = compare(name, kept, now);
  if (comparison.kind === 'compared') {
    t.log(`${Object.keys(now.counts).length} works`);
    const { changes } = comparison;
    t.is(changes.length, 0, [`${name} changed:`, ...changes, whatToDo].join('\n'));
  } else {
    // Where the gate guards something they must be comparable.
    const remedy = 'run "npm run counts -- --update --environment" here, and commit counts.json';
    t.log(`NOT COMPARED: ${comparison.reason}`);
    t.falsy(process.env['CI'], `${comparison.reason}: ${remedy}`);
  }
}
