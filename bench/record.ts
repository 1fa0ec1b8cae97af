// Records a table for replay.ts: a child of main.ts.
import { Ipvs } from 'ipvs';
import { recordTable } from './recorded-table.js';
import { fillTable, makeBench } from './works.js';

const [services = 1000, destinations = 10] = process.argv.slice(2).map(Number);
const file = process.argv[4] ?? '';
await using ipvs = await Ipvs.open({ timeout: 600_000 });
await fillTable(makeBench({ services, destinations }, ipvs));
await recordTable(file);
process.stdout.write(JSON.stringify({ file }));
