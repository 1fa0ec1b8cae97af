import test from 'ava';
import { type Family, IpvsError } from 'ipvs';
import { entriesTo, open, visit, visits } from './_calls.js';
import { checkCounters } from './_counters.js';
import { destinationIdOf, prepare } from './_passage.js';
import { checkShares } from './_shares.js';
import { skip } from './_skip.js';
import { otherClients } from './_topology.js';
import { Traffic } from './_traffic.js';

let traffic: Traffic;
test.before(async () => {
  traffic = await Traffic.open();
});
test.after.always(() => traffic?.close());

type Numbers = readonly [number, number, number];

/** A number for each server. */
function each([a, b, c]: Numbers) {
  return { A: a, B: b, C: c };
}

function destinations([a, b, c]: Numbers) {
  return { A: { weight: a }, B: { weight: b }, C: { weight: c } };
}

const balances = test.macro({
  async exec(t, scheduler: string, weights: Numbers, shares: Numbers) {
    const passage = await prepare(traffic, {
      protocol: 'tcp',
      family: 'ipv4',
      forward: 'masquerade',
      service: { scheduler },
      destinations: destinations(weights),
    });
    const connections = shares.reduce((sum, share) => sum + share, 0);
    const seen = { A: 0, B: 0, C: 0 };
    for (let index = 0; index < connections; index += 1) {
      const { server } = await open(traffic, passage);
      seen[server as 'A' | 'B' | 'C'] += 1;
    }
    t.deepEqual(seen, each(shares));
    await checkShares(t, traffic, passage, seen);
  },
  title: (_, scheduler: string, weights: Numbers, shares: Numbers) =>
    `${scheduler} with weights ${weights.join(':')} shares open connections ${shares.join(':')}`,
});
test(balances, 'rr', [1, 1, 1], [3, 3, 3]);
test(balances, 'wrr', [3, 2, 1], [6, 4, 2]);
test(balances, 'lc', [1, 1, 1], [2, 2, 2]);
test(balances, 'wlc', [2, 1, 1], [4, 2, 2]);
// The shortest expected delay counts the connection to come.
test(balances, 'sed', [2, 1, 1], [4, 2, 2]);
// Whoever is idle comes before whoever is fast.
test(balances, 'nq', [10, 1, 1], [1, 1, 1]);
// The highest weight alone.
test(balances, 'fo', [3, 2, 1], [6, 0, 0]);
// The highest weight until it has more connections than that, then the next.
test(balances, 'ovf', [3, 2, 1], [4, 3, 2]);

test('rr goes round', async (t) => {
  const way = { protocol: 'tcp', family: 'ipv6', forward: 'direct' } as const;
  const passage = await prepare(traffic, way);
  const answers = await visits(traffic, passage, 9);
  const round = answers.slice(0, 3);
  t.deepEqual(round.toSorted(), ['A', 'B', 'C']);
  t.deepEqual(answers, [...round, ...round, ...round]);
  await checkShares(t, traffic, passage, each([3, 3, 3]));
});

test('twos picks the better of two', async (t) => {
  const way = { protocol: 'tcp', family: 'ipv4', forward: 'masquerade' } as const;
  try {
    const passage = await prepare(traffic, { ...way, service: { scheduler: 'twos' } });
    const seen = each([0, 0, 0]);
    for (const server of await visits(traffic, passage, 9)) seen[server as keyof typeof seen] += 1;
    t.is(seen.A + seen.B + seen.C, 9);
    await checkShares(t, traffic, passage, seen);
  } catch (error) {
    if (!(error instanceof IpvsError && error.missing === 'scheduler')) throw error;
    skip(t, 'this kernel has no scheduler "twos"', { everywhere: false });
  }
});

/** The answers that several clients get, each three times. */
async function askAsMany(passage: Awaited<ReturnType<typeof prepare>>, family: Family) {
  const clients = [passage.from, ...otherClients[family]];
  const answers: string[][] = [];
  for (const client of clients) answers.push(await visits(traffic, passage, 3, client));
  return answers;
}

const hashesSource = test.macro({
  async exec(t, scheduler: string, family: Family) {
    const passage = await prepare(traffic, {
      protocol: 'tcp',
      family,
      forward: 'masquerade',
      service: { scheduler },
    });
    const answers = await askAsMany(passage, family);
    for (const [first, ...others] of answers) t.deepEqual(others, [first, first]);
    const seen = each([0, 0, 0]);
    for (const server of answers.flat()) seen[server as keyof typeof seen] += 1;
    t.true(new Set(answers.flat()).size > 1, answers.join());
    await checkShares(t, traffic, passage, seen);
  },
  title: (_, scheduler: string, family: Family) =>
    `${scheduler} sends each client to its server over ${family}`,
});

const hashesPort = test.macro({
  async exec(t, scheduler: 'sh' | 'mh') {
    const passage = await prepare(traffic, {
      protocol: 'tcp',
      family: 'ipv4',
      forward: 'masquerade',
      service: { scheduler, schedulerFlags: [`${scheduler}-port`] },
    });
    const seen = each([0, 0, 0]);
    for (const server of await visits(traffic, passage, 12)) seen[server as keyof typeof seen] += 1;
    // A hash may leave one of the three out.
    t.true(Object.values(seen).filter((share) => share > 0).length > 1, JSON.stringify(seen));
    await checkShares(t, traffic, passage, seen);
  },
  title: (_, scheduler: string) =>
    `${scheduler} with the flag ${scheduler}-port spreads one client’s connections`,
});

for (const scheduler of ['sh', 'mh'] as const) {
  test(hashesSource, scheduler, 'ipv4');
  test(hashesSource, scheduler, 'ipv6');
  test(hashesPort, scheduler);
}

test('sh refuses a client whose server has no weight, unless it may fall back', async (t) => {
  const passage = await prepare(traffic, {
    protocol: 'tcp',
    family: 'ipv4',
    forward: 'masquerade',
    service: { scheduler: 'sh' },
  });
  const own = await visit(traffic, passage);
  await traffic.ipvs.updateDestination(passage.id, destinationIdOf(passage, own), { weight: 0 });
  t.is(await visit(traffic, passage), 'ECONNREFUSED');
  await traffic.ipvs.updateService(passage.id, { schedulerFlags: ['sh-fallback'] });
  const [other = '', ...others] = await visits(traffic, passage, 3);
  t.true(other !== own && ['A', 'B', 'C'].includes(other), other);
  t.deepEqual(others, [other, other]);
  await checkShares(t, traffic, passage, { ...each([0, 0, 0]), [own]: 1, [other]: 3 });
});

const hashesDestination = test.macro({
  async exec(t, scheduler: string) {
    const passage = await prepare(traffic, {
      protocol: 'tcp',
      family: 'ipv4',
      forward: 'masquerade',
      service: { scheduler },
    });
    const answers = (await askAsMany(passage, 'ipv4')).flat();
    const [one = ''] = answers;
    t.deepEqual(
      answers,
      Array.from(answers, () => one),
    );
    await checkShares(t, traffic, passage, { ...each([0, 0, 0]), [one]: 9 });
  },
  title: (_, scheduler: string) => `${scheduler} sends all that goes to one address to one server`,
});
test(hashesDestination, 'dh');
test(hashesDestination, 'lblc');
test(hashesDestination, 'lblcr');

const schedulesPackets = test.macro({
  async exec(t, family: Family) {
    const passage = await prepare(traffic, {
      protocol: 'udp',
      family,
      forward: 'direct',
      service: { onePacket: true },
    });
    const text = 'a datagram of thirty characters';
    const texts = Array.from({ length: 9 }, () => text);
    const answers = await traffic.host('client').ask('ask', passage.from, passage.to, texts);
    const names = answers.map((answer) => ('error' in answer ? answer.error : answer.server));
    const round = names.slice(0, 3);
    t.deepEqual(round.toSorted(), ['A', 'B', 'C']);
    t.deepEqual(names, [...round, ...round, ...round], 'one flow, another server for each packet');
    t.deepEqual(await entriesTo(traffic, passage), [], 'nothing is kept of them');
    const bytes = text.length + (family === 'ipv4' ? 28 : 48);
    const counted = {
      connections: 3n,
      packetsIn: 3n,
      packetsOut: 0n,
      bytesIn: 3n * BigInt(bytes),
      bytesOut: 0n,
    };
    const expected = round.map((server) => [destinationIdOf(passage, server), counted]);
    await checkCounters(t, traffic, passage.id, Object.fromEntries(expected));
  },
  title: (_, family: Family) => `one-packet scheduling sends each datagram on its own: ${family}`,
});
test(schedulesPackets, 'ipv4');
test(schedulesPackets, 'ipv6');
