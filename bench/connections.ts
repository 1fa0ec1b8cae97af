// Measures the listing of real connections, which a director was told of, and prints what came of it as JSON: a child
// of main.ts.
import { makeDirector } from '../test/kernel/_director.js';
import { apart } from './apart.js';
import { type Measurement, measure } from './measure.js';
import { summarize, type TableSummary } from './summary.js';
import { countSystemCalls } from './system-calls.js';

const [count = 100_000, rounds = 5] = process.argv.slice(2).map(Number);
const endings: (() => unknown)[] = [];
countSystemCalls();
const { ipvs, name, tellLargeTable } = await makeDirector({
  teardown: (end) => endings.unshift(end),
});
await tellLargeTable(count);

const file = '/proc/net/ip_vs_conn';
const ways = new Map<string, () => Promise<Measurement>>([
  ['C, reads and parses the file', () => apart.limit(['connections', file], name)],
  [
    'connections()',
    () =>
      measure(async () => {
        let seen = 0;
        for await (const { expires } of ipvs.connections()) seen += expires < 0 ? 0 : 1;
        if (seen < count) throw new Error(`${seen} connections of ${count}`);
      }),
  ],
  [
    'connections(), one client alone',
    () =>
      measure(async () => {
        let seen = 0;
        for await (const _ of ipvs.connections({ client: '10.64.0.0/32' })) seen += 1;
        if (seen === 0) throw new Error('no connection of the client');
      }),
  ],
  ['execFile ipvsadm -Lnc, and parse', () => apart.listConnections(name)],
]);

const measured = new Map<string, Measurement[]>();
for (let round = 0; round <= rounds; round += 1) {
  for (const [way, run] of ways) {
    const measurement = await run();
    if (round > 0) measured.set(way, [...(measured.get(way) ?? []), measurement]);
  }
}
for (const end of endings) await end();

const summary: TableSummary = {
  table: `${count} connections`,
  works: [
    {
      work: 'list the connections',
      unit: 'connection',
      ways: [...measured].map(([way, results]) => summarize(way, count, results)),
    },
  ],
};
process.stdout.write(JSON.stringify(summary));
