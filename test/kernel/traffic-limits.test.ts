import test, { type ExecutionContext } from 'ava';
import type { Family } from 'ipvs';
import { entriesTo, open, visit, visits } from './_calls.js';
import { checkCounters } from './_counters.js';
import { eventually } from './_eventually.js';
import { destinationIdOf, destinationOf, type Passage, prepare } from './_passage.js';
import { checkShares } from './_shares.js';
import { Traffic } from './_traffic.js';

let traffic: Traffic;
test.before(async () => {
  traffic = await Traffic.open({ servers: ['A', 'B'] });
  // Directly routed, the director sees only one side say goodbye; such connections end after this time.
  await traffic.ipvs.setTimeouts({ tcpFin: 1 });
});
test.after.always(() => traffic?.close());

const drains = test.macro({
  async exec(t, family: Family) {
    const { ipvs } = traffic;
    const way = { protocol: 'tcp', family, forward: 'masquerade' } as const;
    const passage = await prepare(traffic, way);
    const setWeight = (server: string, weight: number) =>
      ipvs.updateDestination(passage.id, destinationIdOf(passage, server), { weight });
    const opened = await open(traffic, passage);
    const drained = opened.server;
    const other = drained === 'A' ? 'B' : 'A';
    const stillOpen = async () => {
      t.is(await traffic.host('client').ask('echo', opened.port, 5000), 5000);
      const entries = await entriesTo(traffic, passage);
      const entry = entries.find(({ client }) => client.port === opened.port);
      t.like(entry, { state: 'ESTABLISHED', destination: destinationOf(passage, drained) });
    };

    await setWeight(drained, 0);
    t.deepEqual(await visits(traffic, passage, 4), [other, other, other, other]);
    await stillOpen();

    await setWeight(other, 0);
    t.is(await visit(traffic, passage), 'ECONNREFUSED');
    await stillOpen();
    const listed = await ipvs.listDestinations(passage.id);
    const active = Object.fromEntries(
      listed.map(({ id, weight, activeConnections }) => [id, { weight, activeConnections }]),
    );
    t.deepEqual(active, {
      [destinationIdOf(passage, drained)]: { weight: 0, activeConnections: 1 },
      [destinationIdOf(passage, other)]: { weight: 0, activeConnections: 0 },
    });

    await setWeight(drained, 1);
    t.is(await visit(traffic, passage), drained);
    await traffic.host('client').ask('hangUp', opened.port);
    await checkShares(t, traffic, passage, { [drained]: 2, [other]: 4 });
  },
  title: (_, family: Family) =>
    `without weight a server keeps its open connection and gets no new one: ${family}`,
});

test(drains, 'ipv4');
test(drains, 'ipv6');

/** Closes a connection, and says how many of A's the kernel has left, once it is so many. */
async function hangUp(passage: Passage, port: number, left: number): Promise<number> {
  await traffic.host('client').ask('hangUp', port);
  const id = destinationIdOf(passage, 'A');
  return eventually(
    async () => {
      const destinations = await traffic.ipvs.listDestinations(passage.id);
      const found = destinations.find((each) => each.id === id);
      return (found?.activeConnections ?? 0) + (found?.inactiveConnections ?? 0);
    },
    (connections) => connections === left,
  );
}

/** The connections from these ports are listed as open, to A, and no others. */
async function checkOpen(t: ExecutionContext, passage: Passage, ports: readonly number[]) {
  const entries = await entriesTo(traffic, passage);
  const open = entries.filter(({ state }) => state === 'ESTABLISHED');
  t.deepEqual(
    open.map(({ client, destination }) => ({ port: client.port, destination })),
    ports.map((port) => ({ port, destination: destinationOf(passage, 'A') })),
  );
}

const spills = test.macro({
  async exec(t, family: Family) {
    const passage = await prepare(traffic, {
      protocol: 'tcp',
      family,
      forward: 'direct',
      service: { scheduler: 'fo' },
      destinations: { A: { weight: 2, upperThreshold: 3, lowerThreshold: 2 } },
    });
    const calls = [await open(traffic, passage), await open(traffic, passage)];
    calls.push(await open(traffic, passage));
    t.deepEqual(
      calls.map(({ server }) => server),
      ['A', 'A', 'A'],
    );
    t.is(await visit(traffic, passage), 'B', 'A has as many as it may');

    const [first = 0, second = 0, third = 0] = calls.map(({ port }) => port);
    t.is(await hangUp(passage, first, 2), 2);
    t.is(await visit(traffic, passage), 'B', 'A does not have fewer than its lower threshold');
    t.is(await hangUp(passage, second, 1), 1);
    t.is(await visit(traffic, passage), 'A');

    await checkOpen(t, passage, [third]);
    await checkCounters(t, traffic, passage.id, {
      [destinationIdOf(passage, 'A')]: { connections: 4n },
      [destinationIdOf(passage, 'B')]: { connections: 2n },
    });
  },
  title: (_, family: Family) =>
    `a server gets no more than its upper threshold, until it has fewer than its lower: ${family}`,
});
test(spills, 'ipv4');
test(spills, 'ipv6');

test('without a lower threshold it is three quarters of the upper; without another server clients are refused', async (t) => {
  const passage = await prepare(traffic, {
    protocol: 'tcp',
    family: 'ipv4',
    forward: 'direct',
    stations: ['A'],
    destinations: { A: { upperThreshold: 4 } },
  });
  const ports: number[] = [];
  for (let index = 0; index < 4; index += 1) ports.push((await open(traffic, passage)).port);
  t.is(await visit(traffic, passage), 'ECONNREFUSED');
  const [first = 0, second = 0, ...others] = ports;
  t.is(await hangUp(passage, first, 3), 3);
  t.is(await visit(traffic, passage), 'ECONNREFUSED');
  t.is(await hangUp(passage, second, 2), 2);
  t.is(await visit(traffic, passage), 'A');
  await checkOpen(t, passage, others);
  await checkCounters(t, traffic, passage.id, {
    [destinationIdOf(passage, 'A')]: { connections: 5n },
  });
});

test('a higher threshold lets clients in at once', async (t) => {
  const passage = await prepare(traffic, {
    protocol: 'tcp',
    family: 'ipv4',
    forward: 'masquerade',
    stations: ['A'],
    destinations: { A: { upperThreshold: 1 } },
  });
  const { port } = await open(traffic, passage);
  t.is(await visit(traffic, passage), 'ECONNREFUSED');
  const id = destinationIdOf(passage, 'A');
  await traffic.ipvs.updateDestination(passage.id, id, { upperThreshold: 3 });
  t.is(await visit(traffic, passage), 'A');
  await checkOpen(t, passage, [port]);
  await checkCounters(t, traffic, passage.id, { [id]: { connections: 2n } });
});
