import { inspect } from 'node:util';
import test from 'ava';
import {
  type DesiredState,
  type DestinationSpec,
  diff,
  exportDocument,
  normalize,
  type ServiceSpec,
  toObjects,
} from 'ipvs';
import { fillUnevenly } from './_fill-unevenly.js';
import { makeNamespace } from './_namespace.js';

const services: readonly ServiceSpec[] = [
  { protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'wrr' },
  { protocol: 'tcp', address: '10.0.0.2', port: 0, persistence: { timeout: 60, netmask: 24 } },
  { protocol: 'udp', address: '10.0.0.2', port: 5060, persistence: { engine: 'sip' } },
  { protocol: 'udp', address: '2001:db8::1', port: 53, onePacket: true },
  { protocol: 'sctp', address: '10.0.0.3', port: 9, scheduler: 'sh', schedulerFlags: ['sh-port'] },
  { fwmark: 7, persistence: true },
  { fwmark: 8, family: 'ipv6', persistence: { timeout: 90, netmask: 64 } },
  { fwmark: 7, family: 'ipv6', scheduler: 'mh', schedulerFlags: ['mh-fallback'] },
];

const destinations: readonly DestinationSpec[] = [
  { address: '10.1.0.1', forward: 'tunnel', weight: 0 },
  { address: '10.1.0.2', forward: 'tunnel', weight: 3, upperThreshold: 9 },
  { address: 'fd20::1', forward: 'tunnel', tunnel: { type: 'gue', port: 6080 } },
];

const tableAlone = { settings: false, addresses: false } as const;
const exclusive = { scope: { mode: 'exclusive' }, allowEmpty: true } as const;

/** The fields of the class of a lazy object, read one by one. */
function fieldsOf(lazy: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (let kind = Object.getPrototypeOf(lazy); kind !== Object.prototype; ) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(kind))) {
      const value: unknown = get?.call(lazy);
      if (value !== undefined && name !== '__proto__') fields[name] = value;
    }
    kind = Object.getPrototypeOf(kind);
  }
  return fields;
}

/** Names of fields that only the library itself uses. */
const internal = ['key'];

function publicFieldsOf(lazy: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fieldsOf(lazy)).filter(([name]) => !internal.includes(name)),
  );
}

test('lazy lists are read as plain ones', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await fillUnevenly(ipvs, services, destinations);
  const plain = await ipvs.listServices();
  t.is(plain.length, services.length);
  const lazy = await ipvs.listServices({ lazy: true });
  t.deepEqual(lazy.map(publicFieldsOf), plain);
  t.deepEqual(await toObjects(lazy), plain);
  for (const [index, each] of lazy.entries()) t.is(inspect(each), inspect(plain[index]));

  for (const service of lazy) {
    // A lazy service names itself as a plain one does.
    const own = await ipvs.listDestinations(service, { lazy: true });
    const plainOwn = await ipvs.listDestinations(service.id);
    t.deepEqual(own.map(publicFieldsOf), plainOwn);
    t.deepEqual(await toObjects(own), plainOwn);
  }
});

test('a lazy snapshot is read as a plain one, and stays what it was', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await fillUnevenly(ipvs, services, destinations);
  const plain = await ipvs.snapshot(tableAlone);
  const lazy = await ipvs.snapshot({ ...tableAlone, lazy: true });
  await ipvs.flush();
  t.deepEqual(await toObjects(lazy.services), plain.services);
  const read = lazy.services.map((service) => ({
    ...publicFieldsOf(service),
    destinations: service.destinations.map(publicFieldsOf),
  }));
  t.deepEqual(read as unknown[], plain.services as unknown[]);
  t.deepEqual({ ...lazy, services: [] }, { ...plain, services: [] });
  t.is(lazy.services[0]?.destinations, lazy.services[0]?.destinations, 'they are made once');
});

test('what is lazy can be written back', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await fillUnevenly(ipvs, services, destinations);
  const before = await ipvs.snapshot(tableAlone);
  const lazy = await ipvs.listServices({ lazy: true });
  for (const service of lazy) {
    for (const destination of await ipvs.listDestinations(service, { lazy: true })) {
      await ipvs.removeDestination(service, destination);
      await ipvs.addDestination(service, destination as DestinationSpec);
    }
    await ipvs.setService(service as ServiceSpec);
  }
  t.deepEqual((await ipvs.snapshot(tableAlone)).services, before.services);
  t.true(lazy.length > 0);
});

test('a plan from a lazy snapshot is the plan from the plain one', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await fillUnevenly(ipvs, services, destinations);
  const [plain, lazy] = [
    await ipvs.snapshot(tableAlone),
    await ipvs.snapshot({ ...tableAlone, lazy: true }),
  ];
  const same = normalize(exportDocument(plain));
  const changes: readonly ((state: DesiredState) => DesiredState)[] = [
    (state) => state,
    (state) => ({ ...state, services: [] }),
    (state) => ({ ...state, services: state.services.slice(2) }),
    ...state(({ weight }) => ({ weight: weight + 1 })),
    ...state(() => ({ weight: 0 })),
    ...state(({ upperThreshold }) => ({ upperThreshold: upperThreshold + 1 })),
    ...state(({ port }) => ({
      address: '10.1.0.77',
      id: `10.1.0.77:${port}` as Destination['id'],
    })),
    ofServices(() => ({ destinations: [] })),
    ofServices(({ scheduler }) => ({ scheduler: scheduler === 'lc' ? 'rr' : 'lc' })),
    ofServices(({ schedulerFlags: [first] }) => ({ schedulerFlags: first ? [] : ['flag-2'] })),
    ofServices(({ onePacket }) => ({ onePacket: !onePacket })),
    ofServices(({ persistence }) => ({ persistence: persistence ? undefined : lasting })),
    ofPersistence(({ timeout }) => ({ timeout: timeout + 1 })),
    ofPersistence(({ netmask }) => ({ netmask: netmask === 48 ? 64 : 48 }), 'ipv6'),
    ofPersistence(() => ({ netmask: '255.255.0.0' }), 'ipv4'),
    ofPersistence(({ engine }) => ({ engine: engine === 'sip' ? 'pis' : 'sip' })),
    ofServices(() => ({ ignore: ['weight'] })),
  ];
  const sizes = changes.map((change) => {
    const desired = change(same);
    const plan = diff(desired, lazy, exclusive);
    t.deepEqual(plan, diff(desired, plain, exclusive));
    return plan.operations.length;
  });
  t.is(sizes[0], 0);
  t.true(sizes.slice(1, -1).every((size) => size > 0));
  t.is(sizes.at(-1), 0);
});

/** States in which the first destination of each service is otherwise, or all but the first. */
function state(
  change: (destination: Destination) => Partial<Destination>,
): ((state: DesiredState) => DesiredState)[] {
  const changed = (from: DesiredState, isChanged: (index: number) => boolean) => ({
    ...from,
    services: from.services.map((service) => ({
      ...service,
      destinations: service.destinations
        .map((each, index) => (isChanged(index) ? { ...each, ...change(each) } : each))
        .filter(({ id }, index, all) => all.findIndex((each) => each.id === id) === index),
    })),
  });
  return [
    (from) => changed(from, (index) => index === 0),
    (from) => changed(from, (index) => index > 0),
  ];
}

/** The state in which each service is otherwise. */
function ofServices(
  change: (service: Service) => Partial<Record<keyof Service, unknown>>,
): (state: DesiredState) => DesiredState {
  return (from) => ({
    ...from,
    services: from.services.map((service) => ({ ...service, ...change(service) }) as Service),
  });
}

const lasting: Persistence = { timeout: 77, netmask: '255.255.255.255' };

/** The state in which the persistence of each service that has any is otherwise. */
function ofPersistence(
  change: (persistence: Persistence) => Partial<Persistence>,
  only?: Service['family'],
): (state: DesiredState) => DesiredState {
  return ofServices(({ persistence, family }) =>
    persistence === undefined || (only ?? family) !== family
      ? {}
      : { persistence: { ...persistence, ...change(persistence) } },
  );
}

type Service = DesiredState['services'][number];
type Persistence = NonNullable<Service['persistence']>;
type Destination = Service['destinations'][number];
