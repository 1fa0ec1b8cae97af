import test from 'ava';
import type { Family } from 'ipvs';
import { entriesTo, visit, visits } from './_calls.js';
import { eventually } from './_eventually.js';
import { destinationOf, type Passage, prepare } from './_passage.js';
import { checkShares } from './_shares.js';
import { checkTemplates, templatesOf } from './_templates.js';
import { otherClients } from './_topology.js';
import { Traffic } from './_traffic.js';

let traffic: Traffic;
test.before(async () => {
  traffic = await Traffic.open({ servers: ['A', 'B'] });
});
test.after.always(() => traffic?.close());

/** The template of a client, or of clients that are told apart by less than their whole address. */
function template({ protocol, ...passage }: Passage, address: string, server: string) {
  return {
    protocol,
    client: { address, port: 0 },
    destination: destinationOf({ protocol, ...passage }, server),
  };
}

const remembers = test.macro({
  async exec(t, family: Family) {
    const passage = await prepare(traffic, {
      protocol: 'tcp',
      family,
      forward: 'masquerade',
      service: { persistence: { timeout: 300 } },
    });
    const [neighbour, stranger] = otherClients[family];
    const [one = '', ...again] = await visits(traffic, passage, 4);
    t.deepEqual(again, [one, one, one]);
    const [other = '', ...more] = await visits(traffic, passage, 3, neighbour);
    t.deepEqual([one, other].toSorted(), ['A', 'B']);
    t.deepEqual(more, [other, other]);
    t.is(
      await visit(traffic, passage, stranger),
      one,
      'the third client is the first server’s turn',
    );

    const templates = [
      template(passage, passage.from, one),
      template(passage, neighbour, other),
      template(passage, stranger, one),
    ];
    await checkTemplates(t, traffic, passage.to, templates, 300);
    await checkShares(t, traffic, passage, { [one]: 5, [other]: 3 });
    const listed = await traffic.ipvs.listDestinations(passage.id);
    const remembered = listed.map(({ address, persistentConnections }) => [
      address,
      persistentConnections,
    ]);
    t.deepEqual(Object.fromEntries(remembered), {
      [destinationOf(passage, one).address]: 2,
      [destinationOf(passage, other).address]: 1,
    });
  },
  title: (_, family: Family) => `a client keeps its server over ${family}`,
});
test(remembers, 'ipv4');
test(remembers, 'ipv6');

const groups = test.macro({
  async exec(t, family: Family, netmask: string | number, near: string, far: string) {
    const passage = await prepare(traffic, {
      protocol: 'udp',
      family,
      forward: 'masquerade',
      service: { persistence: { timeout: 300, netmask } },
    });
    const [neighbour, stranger] = otherClients[family];
    const one = await visit(traffic, passage);
    t.is(await visit(traffic, passage, neighbour), one);
    const other = await visit(traffic, passage, stranger);
    t.deepEqual([one, other].toSorted(), ['A', 'B']);
    t.is(await visit(traffic, passage, neighbour), one);

    const templates = [template(passage, near, one), template(passage, far, other)];
    await checkTemplates(t, traffic, passage.to, templates, 300);
    await checkShares(t, traffic, passage, { [one]: 3, [other]: 1 });
  },
  title: (_, family: Family, netmask: string | number) =>
    `clients whose addresses begin alike keep one server: ${family}, netmask ${netmask}`,
});
test(groups, 'ipv4', '255.255.255.128', '10.9.0.0', '10.9.0.128');
test(groups, 'ipv6', 120, 'fd09::100', 'fd09::200');

const forgets = test.macro({
  async exec(t, family: Family) {
    // Directly routed, the director sees only one side say goodbye; such connections end after this time.
    await traffic.ipvs.setTimeouts({ tcpFin: 1 });
    const passage = await prepare(traffic, {
      protocol: 'tcp',
      family,
      forward: 'direct',
      service: { persistence: { timeout: 5 } },
    });
    const one = await visit(traffic, passage);
    await checkTemplates(t, traffic, passage.to, [template(passage, passage.from, one)], 5);
    // A template outlives its connections.
    const left = await eventually(
      () => entriesTo(traffic, passage),
      (entries) => entries.length === 0,
    );
    t.deepEqual(left, []);
    t.deepEqual(await templatesOf(traffic, passage.to), []);
    const other = await visit(traffic, passage);
    t.deepEqual([one, other].toSorted(), ['A', 'B'], 'the second server’s turn');
    await checkTemplates(t, traffic, passage.to, [template(passage, passage.from, other)], 5);
  },
  title: (_, family: Family) => `a client is forgotten after the timeout over ${family}`,
});
test(forgets, 'ipv4');
test(forgets, 'ipv6');

const calls = test.macro({
  async exec(t, family: Family) {
    const passage = await prepare(traffic, {
      protocol: 'udp',
      family,
      forward: 'masquerade',
      service: { persistence: { timeout: 300, engine: 'sip' } },
    });
    // From a new port each time, so that there is no connection to go by.
    const send = async (callId: string) => {
      const text = ['OPTIONS sip:all SIP/2.0', `Call-ID: ${callId}`, '', ''].join('\r\n');
      const [answer] = await traffic.host('client').ask('ask', passage.from, passage.to, [text]);
      return answer === undefined || 'error' in answer ? answer?.error : answer.server;
    };
    const [first, second] = [`first-call@${passage.to.port}`, `second-call@${passage.to.port}`];
    const one = (await send(first)) ?? '';
    const other = (await send(second)) ?? '';
    t.deepEqual([one, other].toSorted(), ['A', 'B'], 'calls of one client are told apart');
    t.is(await send(first), one);
    t.is(await send(first), one);
    t.is(await send(second), other);

    const remembered = (server: string, data: string) => {
      return { ...template(passage, passage.from, server), engine: { name: 'sip', data } };
    };
    const templates = [remembered(one, first), remembered(other, second)];
    await checkTemplates(t, traffic, passage.to, templates, 300);
    await checkShares(t, traffic, passage, { [one]: 3, [other]: 2 });
  },
  title: (_, family: Family) => `with the sip engine a call keeps its server over ${family}`,
});
test(calls, 'ipv4');
test(calls, 'ipv6');
