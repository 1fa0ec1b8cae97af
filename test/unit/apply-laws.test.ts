import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { type ApplyReport, type Document, diff, normalize, planToJSON, reconcile } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
import { formatServiceId } from '#lib/model/service-id.js';
import { snapshotOf } from './_state.js';
import { someServices, twoOrders } from './_state-arbitraries.js';
import { watched } from './_watched.js';

const exclusive = {
  scope: { mode: 'exclusive' },
  allowEmpty: true,
  // Who waits for connections looks often enough for a clock that is turned by hand.
  drain: { poll: '30s' },
} as const;

const stateOf = (services: Document['services']) => normalize({ version: 1, services });

/** A kernel that has been brought to a state, with clients on its services. */
async function kernelWith(services: Document['services']): Promise<FakeKernel> {
  const kernel = new FakeKernel();
  await reconcile(kernel, stateOf(services), exclusive);
  for (const service of services) {
    const client = isIpv6(service) ? 'fd00::7' : '192.0.2.7';
    for (let each = 0; each < 4; each += 1) kernel.connect(service, { client });
  }
  kernel.clearCalls();
  return kernel;
}

function isIpv6(service: Document['services'][number]): boolean {
  return 'fwmark' in service ? service.family === 'ipv6' : service.address.includes(':');
}

/** Turns the clock until a promise has settled. */
async function turning<Value>(kernel: FakeKernel, promise: Promise<Value>): Promise<Value> {
  let settled = false;
  const end = () => {
    settled = true;
  };
  promise.then(end, end);
  for (let second = 0; !settled && second < 2000; second += 1) await kernel.clock.advance(1000);
  return promise;
}

async function assertReached(
  t: ExecutionContext,
  kernel: FakeKernel,
  services: Document['services'],
): Promise<void> {
  const left = diff(stateOf(services), await kernel.snapshot(), exclusive);
  t.deepEqual(
    left.operations.map(({ op, service, destination }) => [op, service, destination]),
    [],
  );
}

const check = (property: fc.IAsyncProperty<unknown>, numRuns = 100) =>
  fc.assert(property, { numRuns, seed: Number(process.env['IPVS_TEST_SEED'] ?? 1) });

test('a plan that is carried out reaches the desired state, and the next one is empty', async (t) => {
  await check(
    fc.asyncProperty(someServices, someServices, async (before, after) => {
      const kernel = await kernelWith(before);
      const applying = reconcile(kernel, stateOf(after), { ...exclusive, clock: kernel.clock });
      const report: ApplyReport = await turning(kernel, applying);
      t.true(report.ok);
      t.true(report.converged);
      t.true(report.rounds <= 1);
      await assertReached(t, kernel, after);
    }),
  );
});

test('plans do not depend on the order of a document', (t) => {
  fc.assert(
    fc.property(twoOrders, someServices, ([first, second], before) => {
      const actual = snapshotOf(stateOf(before));
      const plan = (services: Document['services']) =>
        JSON.stringify(planToJSON(diff(stateOf(services), actual, exclusive)));
      t.is(plan(first), plan(second));
    }),
    { seed: 1 },
  );
});

test('no prefix of a plan leaves a service without capacity that had it before and has it after', async (t) => {
  await check(
    fc.asyncProperty(someServices, someServices, async (before, after) => {
      const kernel = await kernelWith(before);
      const capable = (services: Document['services']) =>
        new Set(
          stateOf(services)
            .services.filter(({ destinations }) => destinations.some(({ weight }) => weight > 0))
            .map(({ id }) => id as string),
        );
      const [had, will] = [capable(before), capable(after)];
      const always = [...had].filter((id) => will.has(id));
      const backend = watched(kernel, {
        after() {
          const now = new Set(
            kernel
              .raw()
              .filter((service) => service.destinations.some(({ weight }) => weight > 0))
              .map(idOf),
          );
          for (const id of always) t.true(now.has(id), id);
        },
      });
      const options = { ...exclusive, clock: kernel.clock };
      await turning(kernel, reconcile(backend, stateOf(after), options));
    }),
  );
});

test('nothing out of scope is touched', async (t) => {
  await check(
    fc.asyncProperty(someServices, someServices, async (before, after) => {
      const kernel = await kernelWith(before);
      const foreign = { protocol: 'tcp', address: '10.8.0.1', port: 80 } as const;
      await kernel.other.addService(foreign);
      await kernel.other.addDestination(foreign, { address: '10.2.0.1' });
      const scope = {
        mode: 'selected',
        include: [{ cidr: '10.9.0.0/24' }, { cidr: 'fd09::/64' }, { fwmark: [1, 100] as const }],
      } as const;
      const options = { ...exclusive, scope, clock: kernel.clock };
      const report = await turning(kernel, reconcile(kernel, stateOf(after), options));
      t.true(report.converged);
      t.is(report.plan.summary.unmanagedServices, 1);
      const touched = kernel.calls.filter(({ target }) => target?.includes('10.8.0.1'));
      t.deepEqual(
        touched.filter(
          ({ operation }) => !operation.startsWith('list') && operation !== 'get-service',
        ),
        [],
      );
      t.is((await kernel.listDestinations(foreign)).length, 1);
    }),
  );
});

test('after a crash at any point a fresh start reaches the desired state', async (t) => {
  await check(
    fc.asyncProperty(
      someServices,
      someServices,
      fc.nat({ max: 30 }),
      async (before, after, most) => {
        const kernel = await kernelWith(before);
        let left = most;
        const backend = watched(kernel, {
          before() {
            left -= 1;
            if (left < 0) throw Object.assign(new Error('killed'), { code: 'ERR_IPVS_CLOSED' });
          },
        });
        const options = { ...exclusive, clock: kernel.clock };
        await turning(kernel, reconcile(backend, stateOf(after), options)).catch((error: Error) => {
          t.is(error.message, 'killed');
        });
        const report = await turning(kernel, reconcile(kernel, stateOf(after), options));
        t.true(report.converged);
        await assertReached(t, kernel, after);
      },
    ),
  );
});

test('two that reconcile the same document converge', async (t) => {
  await check(
    fc.asyncProperty(someServices, someServices, async (before, after) => {
      const kernel = await kernelWith(before);
      const options = { ...exclusive, clock: kernel.clock };
      const both = Promise.all([
        reconcile(kernel, stateOf(after), options),
        reconcile(kernel.other, stateOf(after), options),
      ]);
      for (const report of await turning(kernel, both)) t.true(report.ok);
      await assertReached(t, kernel, after);
    }),
  );
});

function idOf(service: ReturnType<FakeKernel['raw']>[number]): string {
  return formatServiceId(service.key);
}
