// What is measured on tables of every size: the same as in ../works.ts, and a change of one service in a hundred.
import { normalize, reconcile } from 'ipvs';
import { apart } from '../apart.js';
import { measure } from '../measure.js';
import { ipvsadm, parseListing } from '../programs.js';
import { makeDocument, type Size } from '../tables.js';
import {
  type Bench,
  createAndList,
  exclusive,
  fullApply,
  list,
  restore,
  sum,
  type Work,
} from '../works.js';

/** A change of one service in a hundred, by programs that find out for themselves what has to change. */
const change: Work = {
  name: 'change one in a hundred',
  unit: 'destination',
  operations: ({ destinations, services }) => destinations * services,
  ways: [
    {
      name: 'C, raw netlink: list, then change',
      run: async ({ size }, round) =>
        sum(
          await apart.limit(['dump']),
          await apart.limit(['weigh', changed(size), size.destinations, 2 + (round % 2)]),
        ),
    },
    {
      name: 'reconcile',
      run: ({ ipvs, size }) => {
        const desired = normalize(makeDocument(size, changed(size)));
        return measure(async () => {
          const report = await reconcile(ipvs, desired, exclusive);
          if (report.rounds === 0) throw new Error('there was nothing to do');
        });
      },
    },
    {
      name: 'execFile ipvsadm -Ln, parse, spawn ipvsadm -R',
      run: ({ size }, round) => apart.changeServices(size, changed(size), 4 + (round % 2)),
    },
  ],
};

const create: Work = {
  name: 'create the table',
  unit: 'destination',
  operations: change.operations,
  ways: [createAndList, fullApply, restore],
};

export const growthWorks: readonly Work[] = [list, change, create];

/** The ways to hold the table in memory. */
export function holders({ ipvs }: Bench): Map<string, () => Promise<object>> {
  const tableAlone = { settings: false, addresses: false };
  return new Map<string, () => Promise<object>>([
    ['snapshot, plain objects', () => ipvs.snapshot(tableAlone)],
    ['snapshot, lazily', () => ipvs.snapshot({ ...tableAlone, lazy: true })],
    ['execFile ipvsadm -Ln, and parse', async () => parseListing(await ipvsadm(['-L', '-n']))],
  ]);
}

function changed({ services }: Size): number {
  return Math.max(1, Math.floor(services / 100));
}
