// The declarative layer on a table of 5,000 services with 10 destinations each: from empty, without a change, with one
// destination in a hundred changed, and back to empty. Beside it, the same additions as calls of one turn.
import { execFileSync } from 'node:child_process';
import { type Document, diff, Ipvs, normalize, reconcile } from 'ipvs';
import { type Measurement, measure, median } from './measure.js';

const services = Number(process.env['SERVICES'] ?? 5000);
const destinations = 10;
const rounds = Number(process.env['ROUNDS'] ?? 5);
const exclusive = { scope: { mode: 'exclusive' }, allowEmpty: true } as const;

function document(changed: number): Document {
  return {
    version: 1,
    services: Array.from({ length: services }, (_, index) => ({
      protocol: 'tcp' as const,
      address: `10.${9 + (index >> 14)}.${(index >> 8) & 63}.${index & 255}`,
      port: 80,
      destinations: Array.from({ length: destinations }, (_, each) => ({
        address: `10.100.${each}.1`,
        weight: index < changed ? 7 : 1,
      })),
    })),
  };
}

interface Work {
  readonly name: string;
  /** Operations it comes to; 0 for a look. */
  readonly operations: number;
  run(ipvs: Ipvs): Promise<unknown>;
}

const full = normalize(document(0));
const changed = Math.ceil(services / 100);
const partly = normalize(document(changed));
const empty = normalize({ version: 1, services: [] });
const all = services * (destinations + 1);

const works: readonly Work[] = [
  {
    name: 'calls of one turn, from empty',
    operations: all,
    run: (ipvs) =>
      Promise.all(
        full.services.flatMap(({ id, family: _family, destinations: own, ...service }) => [
          ipvs.addService(service as never),
          ...own.map(({ id: _id, ...destination }) =>
            ipvs.addDestination(id, destination as never),
          ),
        ]),
      ),
  },
  { name: 'flush', operations: 0, run: (ipvs) => ipvs.flush() },
  {
    name: 'normalize',
    operations: 0,
    run: async () => normalize(document(0)),
  },
  {
    name: 'reconcile from empty',
    operations: all,
    run: (ipvs) => reconcile(ipvs, full, exclusive),
  },
  {
    name: 'snapshot',
    operations: 0,
    run: (ipvs) => ipvs.snapshot({ settings: false, addresses: false }),
  },
  {
    name: 'snapshot and diff at once, without a change',
    operations: 0,
    run: async (ipvs) => diff(full, await ipvs.snapshot(), exclusive),
  },
  {
    name: 'cycle without a change',
    operations: 0,
    run: (ipvs) => reconcile(ipvs, full, exclusive),
  },
  {
    name: 'one in a hundred changed',
    operations: changed * destinations,
    run: (ipvs) => reconcile(ipvs, partly, exclusive),
  },
  {
    name: 'back to empty',
    operations: services,
    run: (ipvs) => reconcile(ipvs, empty, { ...exclusive, drain: { mode: 'immediate' } }),
  },
];

const measured = new Map<Work, Measurement[]>(works.map((work) => [work, []]));
for (let round = 0; round <= rounds; round += 1) {
  // A new namespace each: a kernel remembers for two minutes what was removed.
  const name = `bench-${round}`;
  execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  const ipvs = await Ipvs.open({ netns: name, timeout: 600_000 });
  for (const work of works) {
    const measurement = await measure(() => work.run(ipvs));
    // The first round warms everything up.
    if (round > 0) measured.get(work)?.push(measurement);
  }
  await ipvs.close();
  execFileSync('ip', ['netns', 'delete', name]);
}

const baseline = median((measured.get(works[0] as Work) ?? []).map((each) => each.milliseconds));
console.log(`${services} services of ${destinations} destinations, ${rounds} rounds, medians`);
console.table(
  works.map((work) => {
    const results = measured.get(work) ?? [];
    const milliseconds = median(results.map((each) => each.milliseconds));
    return {
      work: work.name,
      ms: Math.round(milliseconds),
      'us per operation':
        work.operations === 0 ? '' : Math.round((milliseconds * 10_000) / work.operations) / 10,
      'of the calls': Math.round((milliseconds / baseline) * 100) / 100,
      'longest stall ms': Math.round(Math.max(...results.map((each) => each.stall))),
    };
  }),
);
