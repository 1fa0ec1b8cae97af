import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { type Diagnostic, diff, type Plan } from 'ipvs';
import type { FakeKernel } from 'ipvs/testing';
import { many } from './_many.js';
import { documentOf, kept } from './_reconcilers.js';
import { bring, kernelWith, type Services, state, turning, writes } from './_runs.js';
import { snapshotOf } from './_snapshot-of.js';
import { someServices } from './_state-arbitraries.js';

const exclusive = {
  scope: { mode: 'exclusive' },
  allowEmpty: true,
  // Who waits for connections looks often enough for a clock that is turned by hand.
  drain: { poll: '30s' },
} as const;
const immediate = { ...exclusive, drain: { mode: 'immediate' } } as const;

const check = (property: fc.IAsyncProperty<unknown> | fc.IProperty<unknown>) =>
  fc.assert(property as fc.IAsyncProperty<unknown>, {
    numRuns: 100,
    seed: Number(process.env['IPVS_TEST_SEED'] ?? 1),
  });

/** Services and destinations of a document, by name. */
function namesIn(services: Services): Set<string> {
  return new Set(
    state(services).services.flatMap(({ id, destinations }) => [
      id,
      ...destinations.map((destination) => `${id} -> ${destination.id}`),
    ]),
  );
}

/** What the library asked the kernel to add, and to remove; with a service go its destinations. */
function asked(kernel: FakeKernel, before: ReadonlySet<string>) {
  const targets = (verb: 'add' | 'remove') =>
    writes(kernel)
      .map((write) => write.split(/ (.*)/))
      .filter(([call]) => call === `${verb}-service` || call === `${verb}-destination`)
      .map(([, target = '']) => target);
  const removed = targets('remove').flatMap((target) => [
    target,
    ...[...before].filter((name) => name.startsWith(`${target} -> `)),
  ]);
  return { added: targets('add'), removed };
}

/** A kernel with services that have clients. */
async function busyKernel(services: Services): Promise<FakeKernel> {
  const kernel = await kernelWith(services);
  for (const service of services) {
    const isIpv6 = 'fwmark' in service ? service.family === 'ipv6' : service.address.includes(':');
    kernel.connect(service, { client: isIpv6 ? 'fd00::7' : '192.0.2.7' });
  }
  return kernel;
}

const common = (one: Iterable<string>, other: ReadonlySet<string>) =>
  [...one].filter((name) => other.has(name));

test('no plan adds what it removes', (t) => {
  check(
    fc.property(someServices, someServices, (before, after) => {
      const { operations } = diff(state(after), snapshotOf(state(before)), immediate);
      const there = namesIn(before);
      const wanted = namesIn(after);
      for (const { op, service, destination } of operations) {
        const name = destination === undefined ? `${service}` : `${service} -> ${destination}`;
        if (op.startsWith('add-')) t.false(there.has(name), `${op} ${name}`);
        if (op.startsWith('del-')) t.false(wanted.has(name), `${op} ${name}`);
      }
    }),
  );
});

test('no run adds what it removes, nor removes anything for the sake of a change', async (t) => {
  let total = 0;
  await check(
    fc.asyncProperty(someServices, someServices, async (before, after) => {
      const kernel = await busyKernel(before);
      const report = await bring(kernel, after, exclusive);
      t.true(report.converged);
      const there = namesIn(before);
      const wanted = namesIn(after);
      const { added, removed } = asked(kernel, there);
      t.deepEqual(common(added, there), []);
      t.deepEqual(common(removed, wanted), []);
      t.is(new Set(added).size, added.length);
      t.is(new Set(removed).size, removed.length);
      total += Math.min(added.length, removed.length);
    }),
  );
  t.true(total > 100);
});

test('what others take away is added again, and nothing removed for that', async (t) => {
  let repeated = 0;
  await check(
    fc.asyncProperty(
      someServices,
      someServices,
      fc.array(fc.tuple(fc.nat(20), fc.nat(6)), { maxLength: 3 }),
      async (before, after, deeds) => {
        const kernel = await busyKernel(before);
        for (const [call, which] of deeds) {
          kernel.before({ nth: call + 3 }, async () => {
            const { services: present } = await kernel.other.snapshot();
            const service = present[which % Math.max(1, present.length)];
            if (service !== undefined) await kernel.other.removeService(service.id);
          });
        }
        await bring(kernel, after, exclusive);
        const { added, removed } = asked(kernel, new Set());
        t.deepEqual(
          added.filter((name) => !namesIn(after).has(name)),
          [],
        );
        t.deepEqual(common(removed, namesIn(after)), []);
        repeated += added.length - new Set(added).size;
      },
    ),
  );
  t.true(repeated > 30);
});

test('rolling back touches nothing that the run did not', async (t) => {
  let rolledBack = 0;
  await check(
    fc.asyncProperty(someServices, someServices, fc.nat(20), async (before, after, which) => {
      const kernel = await kernelWith(before);
      const there = namesIn(before);
      const wanted = namesIn(after);
      const going = [...there].filter((name) => !wanted.has(name));
      const target = going[which % Math.max(1, going.length)] ?? '';
      for (const operation of ['remove-destination', 'remove-service'] as const) {
        kernel.inject({ operation, target, code: 'EINVAL' });
      }
      const report = await bring(kernel, after, { ...immediate, onError: 'rollback' });
      if (report.results.some(({ status }) => status === 'rolled-back')) rolledBack += 1;
      const both = new Set(common(there, wanted));
      const { added, removed } = asked(kernel, there);
      t.deepEqual(common(added, both), []);
      t.deepEqual(common(removed, both), []);
    }),
  );
  t.true(rolledBack > 30);
});

// What is said

const trash = ({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }) =>
  diagnostics.filter(({ code }) => code === 'W_TRASH').map(({ message }) => message);

const slow = (added: number, trashed: number) =>
  `${added} destinations are added while the kernel still remembers ${trashed} that were removed less than three minutes before: each takes about 20 times as long`;

async function planOf(
  t: ExecutionContext,
  kernel: FakeKernel,
  keeper: Awaited<ReturnType<typeof kept>>,
  services: Services,
): Promise<Plan> {
  keeper.clear();
  keeper.reconciler.setDesired(documentOf(services));
  await kernel.clock.advance(3000);
  const [plan] = keeper.heard.plan[0] ?? [];
  if (plan === undefined) throw new Error('there was nothing to do');
  t.deepEqual(keeper.heard.error, []);
  return plan;
}

const hundred = many(100);
const laden = many(5100);

test('a loop that has removed many says so when it adds many', async (t) => {
  const kernel = await kernelWith(laden);
  const keeper = await kept(t, kernel, laden, immediate);
  const removal = await planOf(t, kernel, keeper, hundred);
  t.regex(trash(removal).join(), /^the kernel remembers 5000 destinations/);
  const few = await planOf(t, kernel, keeper, [...hundred, ...many(999, 10_000)]);
  t.deepEqual(trash(few), []);
  const news = [...hundred, ...many(999, 10_000), ...many(1000, 20_000)];
  t.deepEqual(trash(await planOf(t, kernel, keeper, news)), [slow(1000, 5000)]);
});

test('what is added again is remembered no more', async (t) => {
  const kernel = await kernelWith(laden);
  const keeper = await kept(t, kernel, laden, immediate);
  await planOf(t, kernel, keeper, hundred);
  t.is(kernel.trash().length, 5000);
  t.deepEqual(trash(await planOf(t, kernel, keeper, many(1100))), [slow(1000, 5000)]);
  t.is(kernel.trash().length, 4000);
  t.deepEqual(trash(await planOf(t, kernel, keeper, many(2100))), []);
});

test('after three minutes it is over', async (t) => {
  const kernel = await kernelWith(laden);
  const keeper = await kept(t, kernel, laden, immediate);
  await planOf(t, kernel, keeper, hundred);
  await kernel.clock.advance(180_000);
  t.deepEqual(kernel.trash(), []);
  t.deepEqual(trash(await planOf(t, kernel, keeper, many(1100))), []);
});

test('a further round of a run says so', async (t) => {
  const kernel = await kernelWith(many(6000));
  kernel.before({ operation: 'remove-service', nth: 40 }, async () => {
    for (const { id } of state(many(1000)).services) await kernel.other.removeService(id);
  });
  const wanted = many(1000).map((service) => ({ ...service, scheduler: 'rr' }));
  const report = await bring(kernel, wanted as Services, immediate);
  t.true(report.converged);
  t.is(report.rounds, 2);
  t.deepEqual(trash(report), [slow(1000, 5000)]);
});

test('a run that is rolled back says what takes it so long', async (t) => {
  const kernel = await kernelWith(laden);
  const last = state(laden).services.at(-1)?.id as string;
  kernel.inject({ operation: 'remove-service', target: last, code: 'EINVAL' });
  const report = await bring(kernel, many(0), { ...immediate, onError: 'rollback' });
  t.deepEqual(trash(report), [slow(5000, 5000)]);
  t.is((await turning(kernel, kernel.snapshot())).services.length, 51);
});
