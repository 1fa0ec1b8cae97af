// Measures what the main thread does with a table that was recorded: on the host, without a kernel.
import { diff, Ipvs, reconcile, toObjects } from 'ipvs';
import { measure } from './measure.js';
import { replayTable } from './recorded-table.js';
import { summarize, type TableSummary } from './summary.js';
import { takeTurns } from './turns.js';
import { makeBench } from './works.js';

const [services = 1000, destinations = 10] = process.argv.slice(2).map(Number);
const file = process.argv[4] ?? '';
const rounds = Number(process.argv[5] ?? 5);
const copyTable = replayTable(file);
const ipvs = await Ipvs.open();
const { desired } = makeBench({ services, destinations }, ipvs);
const tableAlone = { settings: false, addresses: false } as const;
const exclusive = { scope: { mode: 'exclusive' } } as const;

const ways: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['snapshot, plain objects', () => ipvs.snapshot(tableAlone)],
  ['snapshot, lazily', () => ipvs.snapshot({ ...tableAlone, lazy: true })],
  [
    'snapshot, lazily, and then plain objects',
    async () => toObjects((await ipvs.snapshot({ ...tableAlone, lazy: true })).services),
  ],
  [
    'snapshot and diff, at once',
    async () => diff(desired, await ipvs.snapshot({ ...tableAlone, lazy: true }), exclusive),
  ],
  ['cycle without a change: reconcile', () => reconcile(ipvs, desired, exclusive)],
];

const operations = services * destinations;
const turns = ways.map(([way, run]) => ({
  way,
  operations,
  run: () => {
    copyTable();
    return measure(run);
  },
}));
const measured = await takeTurns([{ turns }], { rounds });
const summary: TableSummary = {
  table: `${services} x ${destinations}, replayed on the host`,
  works: [
    {
      work: 'what the main thread does',
      unit: 'destination',
      ways: [...measured].map(([{ way }, results]) => summarize(way, operations, results)),
    },
  ],
};
process.stdout.write(JSON.stringify(summary));
