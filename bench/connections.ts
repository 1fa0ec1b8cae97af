// Measures the listing of real connections, which a director was told of, and prints what came of it as JSON: a child
// of main.ts.
import type { Connection } from 'ipvs';
import { makeDirector } from '../test/kernel/_director.js';
import { apart } from './apart.js';
import { type Measurement, measure } from './measure.js';
import { summarize, type TableSummary } from './summary.js';
import { countSystemCalls } from './system-calls.js';
import { takeTurns } from './turns.js';

const [count = 100_000, rounds = 5] = process.argv.slice(2).map(Number);
const endings: (() => unknown)[] = [];
countSystemCalls();
const { ipvs, name, tellLargeTable } = await makeDirector({
  teardown: (end) => endings.unshift(end),
});
await tellLargeTable(count);

const file = '/proc/net/ip_vs_conn';
const ways: readonly (readonly [string, () => Promise<Measurement>])[] = [
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
  [
    'an object for each from an async iterator, and nothing else',
    () =>
      measure(async () => {
        let seen = 0;
        for await (const { expires } of bareConnections()) seen += expires < 0 ? 0 : 1;
        if (seen < count) throw new Error(`${seen} objects of ${count}`);
      }),
  ],
  ['execFile ipvsadm -Lnc, and parse', () => apart.listConnections(name)],
];

/** What handing connections over one by one costs at least, were there none to read. */
function bareConnections(): AsyncIterable<Connection> {
  let made = 0;
  const next = (): Promise<IteratorResult<Connection, undefined>> => {
    if (made === count) return Promise.resolve({ done: true, value: undefined });
    made += 1;
    return Promise.resolve({ done: false, value: makeBare() });
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

function makeBare(): Connection {
  return {
    protocol: 'tcp',
    client: { address: '10.64.0.0', port: 1024 },
    virtual: { address: '10.9.0.1', port: 80 },
    destination: { address: '10.1.0.1', port: 8080 },
    state: 'ESTABLISHED',
    expires: 899,
    template: false,
    invalidated: false,
  };
}

const turns = ways.map(([way, run]) => ({ way, operations: count, warmUp: 2 * count, run }));
const measured = await takeTurns([{ turns }], { rounds });
for (const end of endings) await end();

const summary: TableSummary = {
  table: `${count} connections`,
  works: [
    {
      work: 'list the connections',
      unit: 'connection',
      ways: [...measured].map(([{ way }, results]) => summarize(way, count, results)),
    },
  ],
};
process.stdout.write(JSON.stringify(summary));
