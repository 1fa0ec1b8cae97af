import test from 'ava';
import fc from 'fast-check';
import { type DiffOptions, diff, type Plan, type PlannedOperation, type Snapshot } from 'ipvs';
import { bound, lineOf } from './_plan.js';
import { lateOrder, Model } from './_plan-model.js';
import { desired, snapshotOf } from './_state.js';
import { someServices } from './_state-arbitraries.js';

const port = 8080;
/** Services of this port belong to somebody else, whichever address they have. */
const scope = { mode: 'exclusive', exclude: [{ ports: [port] }] } as const;

const foreigners = fc
  .subarray(['10.9.0.1', '10.9.0.2', '10.9.0.200', 'fd09::1'])
  .map((addresses) => addresses.map((address) => ({ protocol: 'tcp', address, port }) as const));

const addresses = fc.subarray([
  bound('10.9.0.1/32'),
  bound('10.9.0.2/24'),
  bound('10.9.0.2/32'),
  bound('10.9.0.3/32'),
  bound('10.9.0.200/32'),
  bound('fd09::1/128'),
  bound('10.9.0.3/32', 'eth0'),
]);

const vips = fc.record({
  device: fc.constant('ipvs0'),
  bind: fc.oneof(
    fc.constant('services' as const),
    fc.subarray(['10.9.0.1', '10.9.0.2', '10.9.0.250', 'fd09::1']),
  ),
  own: fc.constantFrom('device' as const, 'declared' as const),
});

const record = fc
  .subarray(['10.9.0.1/32 on ipvs0', '10.9.0.3/32 on ipvs0', '10.9.0.200/32 on ipvs0'])
  .map((vips) => ({ version: 1 as const, services: [], vips }));

/** A plan, and what it starts from. */
interface World {
  readonly plan: Plan;
  readonly actual: Snapshot;
  readonly options: DiffOptions;
  readonly late: boolean;
}

const worlds: fc.Arbitrary<World> = fc
  .record({
    before: someServices,
    after: someServices,
    foreign: foreigners,
    addresses,
    vips,
    record: fc.option(record, { nil: undefined }),
    open: fc.array(fc.constantFrom(0, 1), { minLength: 8, maxLength: 8 }),
    late: fc.boolean(),
  })
  .map(({ before, after, foreign, addresses, vips, record, open, late }) => {
    const hasDevice = addresses.some(({ device }) => device === 'ipvs0');
    const state = snapshotOf(desired([...before, ...foreign]), {
      snapshot: {
        addresses,
        devices: hasDevice ? { ipvs0: { name: 'ipvs0', kind: 'dummy' } } : {},
      },
    });
    let next = 0;
    const services = state.services.map((service) => ({
      ...service,
      destinations: service.destinations.map((each) => {
        next += 1;
        return { ...each, activeConnections: open[next % open.length] ?? 0 };
      }),
    }));
    const actual = { ...state, services };
    const options = { scope, allowEmpty: true, ...(record === undefined ? {} : { record }) };
    return { plan: diff(desired(after, { vips }), actual, options), actual, options, late };
  });

/** Carries a plan out, with a look before and after each operation. */
function execute(
  { plan, actual, late }: World,
  look: (model: Model, operation: PlannedOperation, when: 'before' | 'after') => void,
): Model {
  const model = new Model(actual);
  for (const operation of late ? lateOrder(plan) : plan.operations) {
    look(model, operation, 'before');
    model.do(operation);
    look(model, operation, 'after');
  }
  return model;
}

const holds = test.macro({
  exec(t, check: (world: World, fail: (what: string) => void) => void) {
    fc.assert(
      fc.property(worlds, (world) => {
        check(world, (what) => {
          throw new Error(what);
        });
      }),
      { numRuns: 200, seed: Number(process.env['IPVS_TEST_SEED'] ?? 1) },
    );
    t.pass();
  },
  title: (name) => name ?? '',
});

const isForeign = (id: string | undefined) => id?.endsWith(`:${port}`) === true;

test('I1: a service that had capacity and will have is never without', holds, (world, fail) => {
  const had = new Model(world.actual);
  const always = world.plan.desired.services.filter(
    ({ id, destinations }) => had.hasCapacity(id) && destinations.some(({ weight }) => weight > 0),
  );
  execute(world, (model, operation) => {
    for (const { id } of always) if (!model.hasCapacity(id)) fail(`${id} at ${lineOf(operation)}`);
  });
});

test('I2: an address is bound when every service on it is there and full', holds, (world, fail) => {
  execute(world, (model, operation, when) => {
    if (operation.op !== 'bind-vip' || when === 'after') return;
    const { address } = operation.after as { address: string };
    for (const service of world.plan.desired.services) {
      if (!('address' in service) || service.address !== address) continue;
      const present = model.services.get(service.id)?.destinations;
      for (const { id, weight } of service.destinations) {
        const found = present?.get(id);
        if (found === undefined || (found.weight === 0 && weight > 0))
          fail(`${service.id} lacks ${id}`);
      }
      if (present === undefined) fail(service.id);
    }
  });
});

test('I3: an address stays bound until the last service on it is gone', holds, (world, fail) => {
  const first = new Model(world.actual);
  execute(world, (model, operation) => {
    for (const { address, device } of world.actual.addresses ?? []) {
      if (device !== 'ipvs0' || !first.isBound(address)) continue;
      const users = model.on(address);
      if (users.length > 0 && !model.isBound(address)) fail(`${users} at ${lineOf(operation)}`);
    }
  });
});

test('I4: what is new is complete before anything is taken away', holds, (world, fail) => {
  const order = world.late ? lateOrder(world.plan) : world.plan.operations;
  const takes = order.findIndex(({ phase }) =>
    ['contract', 'remove-dest', 'remove-service'].includes(phase),
  );
  const adds = order.findLastIndex(({ op }) => op.startsWith('add-') || op === 'bind-vip');
  if (takes >= 0 && takes < adds) fail(lineOf(order[takes] as PlannedOperation));
});

test('I5, I6: after a plan, whatever its order, there is nothing to do', holds, (world, fail) => {
  const model = execute(world, () => {});
  const { vips } = world.plan.desired;
  const again = diff(world.plan.desired, model.read(), world.options);
  if (again.operations.length > 0)
    fail(`${again.operations.map(lineOf)} with ${JSON.stringify(vips)}`);
});

test('I7: no operation names what is out of scope', holds, (world, fail) => {
  const foreign = world.actual.services.filter(({ id }) => isForeign(id));
  for (const operation of world.plan.operations) {
    if (isForeign(operation.service)) fail(lineOf(operation));
    if (operation.op !== 'unbind-vip') continue;
    const { address } = operation.before as { address: string };
    if (foreign.some((each) => 'address' in each && each.address === address))
      fail(lineOf(operation));
  }
  if (world.plan.summary.unmanagedServices !== foreign.length) fail('the number of services');
  if (Object.keys(world.plan.basis.services).some(isForeign)) fail('the basis');
});

test('I8: services depend on none but themselves', holds, (world, fail) => {
  const byId = new Map(world.plan.operations.map((each) => [each.id, each]));
  for (const operation of world.plan.operations) {
    for (const id of operation.dependsOn) {
      const other = byId.get(id);
      if (other === undefined || other.id >= operation.id) fail(`${lineOf(operation)} after ${id}`);
      else if (operation.service !== undefined && other.service !== operation.service) {
        fail(`${lineOf(operation)} after ${lineOf(other)}`);
      }
    }
  }
});

test(
  'an object has one operation, but for a drain and a flag that is lent',
  holds,
  (world, fail) => {
    const seen = new Map<string, PlannedOperation>();
    for (const operation of world.plan.operations) {
      const { op, service, destination, address, reason } = operation;
      const object = `${service} ${destination} ${address}`;
      const first = seen.get(object);
      seen.set(object, operation);
      if (first === undefined) continue;
      const isDrain = op === 'del-dest' && first.reason === 'drain-start';
      const isLent = op === 'set-service' && reason === 'drain-fallback' && first.phase === 'tune';
      if (!isDrain && !isLent) fail(`${lineOf(first)} and ${lineOf(operation)}`);
    }
  },
);
