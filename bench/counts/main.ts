// Counts everything and says how it compares with what is kept. With `--update` keeps what was counted, with
// `--update --environment` also what depends on the compiler, the C library or Node, where these are others.
import { parseArgs } from 'node:util';
import { compare } from './compare.js';
import { countJavascript } from './count-javascript.js';
import { countNative } from './count-native.js';
import { readCounts, writeCounts } from './counts-file.js';
import { type Measure, measures } from './measures.js';

const { values } = parseArgs({
  options: { update: { type: 'boolean' }, environment: { type: 'boolean' } },
});

const parts = await Promise.all([countJavascript(), countNative()]);
const counted = Object.assign({}, ...parts) as (typeof parts)[number];
const kept = readCounts();
let changed = false;
for (const measure of Object.keys(measures) as Measure[]) {
  const now = counted[measure] ?? { counts: {} };
  const comparison = compare(measure, kept[measure] ?? { counts: {} }, now);
  console.log(`\n${measure}${now.environment === undefined ? '' : ` (${now.environment})`}`);
  console.table(now.counts);
  const notes = comparison.kind === 'compared' ? comparison.changes : [comparison.reason];
  for (const note of notes) console.log(`* ${note}`);
  changed ||= comparison.kind === 'compared' && comparison.changes.length > 0;
}
if (values.update === true) {
  for (const measure of writeCounts(counted, values.environment === true)) {
    console.log(`\nThe ${measure} stay those of ${kept[measure]?.environment}.`);
  }
} else if (changed) {
  process.exitCode = 1;
}
