// What is measured: the same work by the limit, by the library in its several ways, and by ipvsadm.
import { access } from 'node:fs/promises';
import { apply, type DesiredState, diff, Ipvs, normalize, type Plan, reconcile } from 'ipvs';
import { apart, withNamespaceApart } from './apart.js';
import { type Measurement, measure } from './measure.js';
import { destinationAddress, makeDocument, objectsIn, type Size } from './tables.js';

/** What works share. The table of `size` is in the namespace that the process is in. */
export interface Bench {
  readonly size: Size;
  readonly ipvs: Ipvs;
  /** What the table should be; made when it is first wanted. */
  readonly desired: DesiredState;
  /** What makes an empty table that of `desired`; made when it is first wanted, as the limit's messages are, and then kept. */
  plan: Plan | undefined;
}

/** One way of doing something. */
export interface Way {
  readonly name: string;
  /** How many operations one run does. Default: as many as the work says. */
  operations?(size: Size): number;
  /** Operations after which it is warm. Default: it always is. */
  readonly warmUp?: number;
  run(bench: Bench, round: number): Promise<Measurement>;
}

/** Something that is done in several ways, the limit first. */
export interface Work {
  readonly name: string;
  /** What is counted. */
  readonly unit: string;
  operations(size: Size): number;
  readonly ways: readonly Way[];
}

export const exclusive = { scope: { mode: 'exclusive' } } as const;
export const tableAlone = { settings: false, addresses: false } as const;
const singles = 1000;
const spawned = 20;
const batch = 10_000;
/** Operations after which the compiler of JavaScript has done its work; of single calls there are fewer. */
const warmUp = 30_000;
const warmUpOfSingles = 5_000;

const byLimit = (words: (bench: Bench, round: number) => (string | number)[]): Way => ({
  name: 'C, raw netlink',
  run: (bench, round) => apart.limit(words(bench, round)),
});

/** A full apply, into an empty table. */
export const fullApply: Way = {
  name: 'document, plan, apply',
  warmUp,
  run: ({ size }) =>
    withOpen((ipvs) => {
      const document = makeDocument(size);
      return measure(() => reconcile(ipvs, normalize(document), exclusive));
    }),
};

export const restore: Way = {
  name: 'spawn ipvsadm -R',
  run: ({ size }) => withNamespaceApart((name) => apart.restoreTable(size, name)),
};

/** What calls that are answered with promises cost at least, were there no kernel. */
function promisesAlone(count: (size: Size) => number): Way {
  return {
    name: 'a promise for each, and nothing else',
    warmUp,
    run: ({ size }) =>
      measure(() => {
        const answers: (() => void)[] = [];
        const ask = () => new Promise<void>((answer) => answers.push(answer));
        const asked = Array.from({ length: count(size) }, ask);
        setImmediate(() => {
          for (const answer of answers) answer();
        });
        return Promise.all(asked);
      }),
  };
}

/** Into an empty table, in a namespace of its own. */
const create: Work = {
  name: 'create the table',
  unit: 'object',
  operations: objectsIn,
  ways: [
    {
      name: 'C, raw netlink, messages prepared',
      run: ({ size: { services, destinations } }) =>
        withNamespaceApart((name) => apart.limit(['create', services, destinations], name)),
    },
    {
      name: 'calls of one turn',
      warmUp,
      run: ({ desired }) =>
        withOpen(async (ipvs) => {
          const specs = desired.services.map(({ id, family: _, destinations, ...service }) => ({
            id,
            service,
            destinations: destinations.map(({ id: _, ...destination }) => destination),
          }));
          return measure(() => {
            const answers: Promise<void>[] = [];
            for (const { id, service, destinations } of specs) {
              answers.push(ipvs.addService(service as never));
              for (const each of destinations) {
                answers.push(ipvs.addDestination(id, each as never));
              }
            }
            return Promise.all(answers);
          });
        }),
    },
    promisesAlone(objectsIn),
    restore,
  ],
};

/** The limit of a full apply, which looks at what there is when it is done. */
export const createAndList: Way = {
  name: 'C, raw netlink: create, then list',
  run: ({ size: { services, destinations } }) =>
    withNamespaceApart(async (name) =>
      sum(
        await apart.limit(['create', services, destinations], name),
        await apart.limit(['dump'], name),
      ),
    ),
};

const applying: Work = {
  name: 'apply to an empty table, and look',
  unit: 'object',
  operations: objectsIn,
  ways: [
    createAndList,
    {
      name: 'apply, plan prepared',
      warmUp,
      run: (bench) =>
        withOpen(async (ipvs) => {
          bench.plan ??= diff(bench.desired, await ipvs.snapshot(), exclusive);
          const { plan } = bench;
          return measure(() => apply(ipvs, plan));
        }),
    },
    fullApply,
    restore,
  ],
};

/** Another weight for up to ten thousand destinations. */
const change: Work = {
  name: 'change destinations',
  unit: 'destination',
  operations: changed,
  ways: [
    byLimit(({ size }, round) => {
      const services = changed(size) / size.destinations;
      return ['weigh', services, size.destinations, 2 + (round % 2)];
    }),
    {
      name: 'calls of one turn',
      warmUp,
      run: ({ ipvs, desired, size }, round) => {
        const weight = 4 + (round % 2);
        const services = desired.services.slice(0, changed(size) / size.destinations);
        return measure(() => {
          const answers: Promise<void>[] = [];
          for (const { id, destinations } of services) {
            for (const { address, port } of destinations) {
              answers.push(ipvs.setDestination(id, { address, port, weight }));
            }
          }
          return Promise.all(answers);
        });
      },
    },
    promisesAlone(changed),
  ],
};

/** A call, and the next when it is answered. */
const single: Work = {
  name: 'change one destination, and wait',
  unit: 'call',
  operations: () => singles,
  ways: [
    byLimit(({ size: { services } }, round) => ['single', services, singles, 2 + (round % 2)]),
    {
      name: 'C, on a thread beside an event loop',
      run: ({ size: { services } }, round) =>
        apart.limit(['handover', services, singles, 2 + (round % 2)]),
    },
    {
      name: "await a call of Node's own that takes a thread",
      warmUp: warmUpOfSingles,
      run: () =>
        measure(async () => {
          for (let index = 0; index < singles; index += 1) await access('/');
        }),
    },
    {
      name: 'await one call after the other',
      warmUp: warmUpOfSingles,
      run: ({ ipvs, desired }, round) => {
        const destination = { address: destinationAddress(0), port: 80, weight: 4 + (round % 2) };
        return measure(async () => {
          for (let index = 0; index < singles; index += 1) {
            await ipvs.setDestination(serviceId(desired, index), destination);
          }
        });
      },
    },
    {
      name: 'sync, one call after the other',
      warmUp: warmUpOfSingles,
      run: ({ ipvs, desired }, round) => {
        const destination = { address: destinationAddress(0), port: 80, weight: 2 + (round % 2) };
        return measure(() => {
          for (let index = 0; index < singles; index += 1) {
            ipvs.sync.setDestination(serviceId(desired, index), destination);
          }
        });
      },
    },
    {
      name: 'execFile ipvsadm',
      operations: () => spawned,
      run: ({ desired }, round) =>
        apart.changeOneByOne(
          firstServices(desired),
          `${destinationAddress(0)}:80`,
          6 + (round % 2),
        ),
    },
  ],
};

const statistics: Work = {
  name: 'statistics of one service',
  unit: 'call',
  operations: () => singles,
  ways: [
    byLimit(({ size: { services } }) => ['statistics', services, singles]),
    {
      name: 'await one call after the other',
      warmUp: warmUpOfSingles,
      run: ({ ipvs, desired }) =>
        measure(async () => {
          for (let index = 0; index < singles; index += 1) {
            await ipvs.getService(serviceId(desired, index));
          }
        }),
    },
    {
      name: 'sync, one call after the other',
      warmUp: warmUpOfSingles,
      run: ({ ipvs, desired }) =>
        measure(() => {
          for (let index = 0; index < singles; index += 1) {
            ipvs.sync.getService(serviceId(desired, index));
          }
        }),
    },
    {
      name: 'execFile ipvsadm -Ln --stats -t',
      operations: () => spawned,
      run: ({ desired }) => apart.readStatistics(firstServices(desired)),
    },
  ],
};

export const list: Work = {
  name: 'list the table',
  unit: 'destination',
  operations: ({ services, destinations }) => services * destinations,
  ways: [
    byLimit(() => ['dump']),
    {
      name: 'snapshot, plain objects',
      warmUp,
      run: ({ ipvs }) => measure(() => ipvs.snapshot(tableAlone)),
    },
    {
      name: 'snapshot, lazily',
      warmUp,
      run: ({ ipvs }) => measure(() => ipvs.snapshot({ ...tableAlone, lazy: true })),
    },
    {
      name: 'cycle without a change: snapshot and diff',
      warmUp,
      run: ({ ipvs, desired }) =>
        measure(async () => {
          const actual = await ipvs.snapshot({ ...tableAlone, lazy: true });
          const plan = diff(desired, actual, exclusive);
          if (plan.operations.length > 0) throw new Error('there was something to do');
        }),
    },
    {
      name: 'cycle without a change: reconcile',
      warmUp,
      run: ({ ipvs, desired }) =>
        measure(async () => {
          const report = await reconcile(ipvs, desired, exclusive);
          if (report.rounds > 0) throw new Error('there was something to do');
        }),
    },
    {
      name: 'execFile ipvsadm -Ln, and parse',
      run: () => apart.listTable(),
    },
  ],
};

/** Works on the table of services, and what it takes to put it there. */
export const works: readonly Work[] = [create, applying, change, single, statistics, list];

/** The work of that name. */
export function findWork(name: string | undefined): Work {
  const found = works.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no work ${name}`);
  return found;
}

/** Makes the table what it should be before anything is measured. */
export async function fillTable({ ipvs, desired }: Bench): Promise<void> {
  const { converged } = await reconcile(ipvs, desired, exclusive);
  if (!converged) throw new Error('the table could not be filled');
}

export function makeBench(size: Size, ipvs: Ipvs): Bench {
  let desired: DesiredState | undefined;
  return {
    size,
    ipvs,
    get desired() {
      desired ??= normalize(makeDocument(size));
      return desired;
    },
    plan: undefined,
  };
}

/** Two parts of one work. */
export function sum(first: Measurement, second: Measurement): Measurement {
  return {
    milliseconds: first.milliseconds + second.milliseconds,
    calls: (first.calls ?? 0) + (second.calls ?? 0),
  };
}

function changed({ services, destinations }: Size): number {
  return Math.min(services, Math.floor(batch / destinations)) * destinations;
}

function serviceId({ services }: DesiredState, index: number) {
  const service = services[index % services.length];
  if (service === undefined) throw new Error('a table without services');
  return service.id;
}

/** As ipvsadm names them. */
function firstServices(desired: DesiredState): string[] {
  return Array.from({ length: spawned }, (_, index) =>
    serviceId(desired, index).slice('tcp/'.length),
  );
}

/** Opens the library in a namespace of its own, where nothing is. */
async function withOpen(work: (ipvs: Ipvs) => Promise<Measurement>): Promise<Measurement> {
  return withNamespaceApart(async (netns) => {
    await using ipvs = await Ipvs.open({ netns, timeout: 600_000 });
    return await work(ipvs);
  });
}
