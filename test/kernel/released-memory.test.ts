import test from 'ava';
import {
  type Backend,
  type Document,
  diff,
  type Ipvs,
  normalize,
  type ReadOptions,
  reconcile,
  type Snapshot,
  toObjects,
} from 'ipvs';
import { releaseSnapshot } from '#lib/kernel/lazy/release.js';
import { makeNamespace } from './_namespace.js';

// A table whose records the addon keeps in memory of its own: it is used again as soon as nobody reads it any more, and
// not before.

const services = 4;
const perService = 300;
const tableAlone = { settings: false, addresses: false } as const;
const exclusive = { scope: { mode: 'exclusive' } } as const;

/** A document of the table; `weight` tells one from another. */
function documentOf(weight: number, destinations = perService): Document {
  return {
    version: 1,
    services: Array.from({ length: services }, (_, service) => ({
      protocol: 'tcp' as const,
      address: `10.0.0.${service + 1}`,
      port: 80,
      destinations: Array.from({ length: destinations }, (_, index) => ({
        address: `10.1.${index >> 8}.${index & 255}`,
        weight: weight + (index % 7),
      })),
    })),
  };
}

/** What a snapshot of the table comes to, with everything in it read. */
function weightsOf({ services: read }: Pick<Snapshot, 'services'>): number[][] {
  return read.map(({ destinations }) => destinations.map(({ weight }) => weight));
}

const expected = (weight: number) =>
  Array.from({ length: services }, () =>
    Array.from({ length: perService }, (_, index) => weight + (index % 7)),
  );

function lazily(ipvs: Ipvs): Promise<Snapshot> {
  return ipvs.snapshot({ ...tableAlone, lazy: true });
}

test('lists that are made one after the other and at once have what they were made of', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const kept: { readonly weight: number; readonly plain: Snapshot; readonly lazy: Snapshot }[] = [];
  for (const weight of [1, 100, 200, 300]) {
    await reconcile(ipvs, normalize(documentOf(weight)), exclusive);
    const [plain, lazy, again, list] = await Promise.all([
      ipvs.snapshot(tableAlone),
      lazily(ipvs),
      ipvs.snapshot(tableAlone),
      ipvs.listDestinations('tcp/10.0.0.2:80'),
    ]);
    t.deepEqual(again.services, plain.services);
    t.deepEqual(list, [...(plain.services[1]?.destinations ?? [])]);
    kept.push({ weight, plain, lazy });
  }
  for (const { weight, plain, lazy } of kept) {
    t.deepEqual(weightsOf(plain), expected(weight));
    t.deepEqual(weightsOf(lazy), expected(weight));
    t.deepEqual(await toObjects(lazy.services as never), plain.services);
  }
});

test('what a run says reads nothing of what it looked at', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const reports = [
    await ipvs.reconcile(normalize(documentOf(1)), exclusive),
    await ipvs.reconcile(normalize(documentOf(50)), exclusive),
    await ipvs.reconcile(normalize(documentOf(50, 250)), {
      ...exclusive,
      drain: { mode: 'immediate' },
    }),
    await ipvs.reconcile(
      { ...normalize(documentOf(50)), services: [] },
      {
        ...exclusive,
        allowEmpty: true,
      },
    ),
  ];
  // Other tables are where theirs were.
  await ipvs.reconcile(normalize(documentOf(1000)), exclusive);
  t.deepEqual(weightsOf(await lazily(ipvs)), expected(1000));
  for (const report of reports) t.true(report.ok && report.converged);
  const befores = reports.map(({ plan }) =>
    plan.operations.flatMap(({ before }) =>
      before !== null && 'weight' in before ? before.weight : [],
    ),
  );
  const ofTable = (weight: number, from = 0) =>
    Array.from({ length: services }, () =>
      Array.from({ length: perService - from }, (_, index) => weight + ((index + from) % 7)),
    ).flat();
  const inOrder = (numbers: readonly number[]) => [...numbers].sort((one, other) => one - other);
  t.deepEqual(befores[0], []);
  t.deepEqual(inOrder(befores[1] ?? []), inOrder(ofTable(1)));
  t.deepEqual(inOrder(befores[2] ?? []), inOrder(ofTable(50, 250)));
  t.is(reports[3]?.plan.changes.length, services);
  t.is(JSON.parse(JSON.stringify(reports)).length, reports.length);
});

test('a snapshot that is let go of cannot be read, and one that somebody may have is not let go of', async (t) => {
  const { ipvs, open } = await makeNamespace(t);
  const desired = normalize(documentOf(1));
  await reconcile(ipvs, desired, exclusive);

  const own = await lazily(ipvs);
  t.deepEqual(weightsOf(own), expected(1));
  releaseSnapshot(ipvs, own);
  t.throws(() => weightsOf(own), { instanceOf: TypeError });
  releaseSnapshot(ipvs, own);

  const plain = await ipvs.snapshot(tableAlone);
  releaseSnapshot(ipvs, plain);
  t.deepEqual(weightsOf(plain), expected(1));

  // A backend that reads by another, and gives what it read to others as well.
  const cached = await lazily(ipvs);
  const wrapper = new Proxy(ipvs, {
    get(target, name) {
      if (name === 'snapshot') return (_: ReadOptions) => Promise.resolve(cached);
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as Backend;
  // One that has a method of its own is as such a one.
  const patched = await open();
  patched.snapshot = (() => Promise.resolve(cached)) as never;
  for (const backend of [wrapper, patched]) {
    t.true((await reconcile(backend, desired, exclusive)).converged);
    t.deepEqual(weightsOf(cached), expected(1));
    t.is(diff(desired, cached, exclusive).operations.length, 0);
  }
});
