import type { ExecutionContext } from 'ava';
import { endpoint } from '../../demo/addresses.js';
import { type Call, entriesTo, open } from './_calls.js';
import { checkCounters, type Expected } from './_counters.js';
import { eventually } from './_eventually.js';
import type { Endpoint } from './_host-role.js';
import { destinationIdOf, destinationOf, type Passage } from './_passage.js';
import type { Traffic } from './_traffic.js';

/** What a connection carries there and back; it takes many packets. */
const usualPayload = 20_000;

/** Opens a connection to each server, sends data there and back, and closes it: who answers, what is listed and counted. */
export async function carriesConnections(
  t: ExecutionContext,
  traffic: Traffic,
  passage: Passage,
  payload = usualPayload,
): Promise<void> {
  const { stations, answersPass } = passage;
  const caller = traffic.host(passage.caller);
  const calls: Call[] = [];
  for (const _ of stations) calls.push(await open(traffic, passage));
  checkAnswers(t, passage, calls);
  await checkEntries(t, traffic, passage, calls, ['ESTABLISHED']);
  await checkConnections(t, traffic, passage, { active: 1, inactive: 0 });

  for (const { port } of calls) t.is(await caller.ask('echo', port, payload), payload);
  for (const { port } of calls) await caller.ask('hangUp', port);
  await checkConnections(t, traffic, passage, { active: 0, inactive: 1 });
  await checkEntries(t, traffic, passage, calls, ['TIME_WAIT', 'FIN_WAIT', 'CLOSED']);

  const isWrapped = stations.some(({ destination }) => destination.tunnel !== undefined);
  // The director's own word that a packet does not fit into the tunnel counts as an answer.
  const hints = isWrapped ? 4n : 0n;
  // What did not fit was counted, and comes again: after one hint, or on Linux 5.10 with checksums in GRE after two.
  const most = (isWrapped ? 3n : 2n) * BigInt(payload) + 10_000n;
  const bytes: [bigint, bigint] = [BigInt(payload), most];
  await checkEach(t, traffic, passage, {
    connections: 1n,
    // A handshake, data and a goodbye.
    packetsIn: [4n, 200n],
    packetsOut: answersPass ? [3n, 200n] : [0n, hints],
    bytesIn: bytes,
    bytesOut: answersPass ? bytes : [0n, hints * 1280n],
  });
}

/** Sends three datagrams to each server, each answered: who answers, what is listed and counted. */
export async function carriesDatagrams(
  t: ExecutionContext,
  traffic: Traffic,
  passage: Passage,
): Promise<void> {
  const { from, to, stations, answersPass } = passage;
  const texts = ['one', 'another', 'the last'];
  const calls: Call[] = [];
  let bytesOut = 0;
  for (const _ of stations) {
    const answers = await traffic.host(passage.caller).ask('ask', from, to, texts);
    const [first] = answers;
    if (first === undefined || 'error' in first) throw new Error(`no answer: ${first?.error}`);
    t.deepEqual(answers, [first, first, first], 'a flow stays with its server');
    calls.push({ ...first, port: Number(first.from.split(':').at(-1)) });
    // The same of each server: their names are equally long.
    bytesOut = texts.length * (headers(from) + first.bytes);
  }
  checkAnswers(t, passage, calls);
  await checkEntries(t, traffic, passage, calls, ['UDP']);
  await checkConnections(t, traffic, passage, { active: 0, inactive: 1 });
  const bytesIn = texts.reduce((sum, { length }) => sum + headers(from) + length, 0);
  await checkEach(t, traffic, passage, {
    connections: 1n,
    packetsIn: BigInt(texts.length),
    packetsOut: answersPass ? BigInt(texts.length) : 0n,
    bytesIn: BigInt(bytesIn),
    bytesOut: answersPass ? BigInt(bytesOut) : 0n,
  });
}

/** The size of the headers of a datagram. */
function headers(address: string): number {
  return (address.includes(':') ? 40 : 20) + 8;
}

/** Every server was called once, where it is to be, and saw the caller's own address. */
function checkAnswers(t: ExecutionContext, passage: Passage, calls: readonly Call[]): void {
  const byName = (one: { server: string }, other: { server: string }) =>
    one.server < other.server ? -1 : 1;
  const seen = calls.map(({ server, from, at }) => ({ server, from, at })).toSorted(byName);
  const expected = passage.stations.map(({ machine: server, at }) => {
    const port = calls.find((call) => call.server === server)?.port;
    return { server, from: endpoint(passage.from, port), at: endpoint(at.address, at.port) };
  });
  t.deepEqual(seen, expected);
}

/** The kernel has an entry for each call, and none besides. */
async function checkEntries(
  t: ExecutionContext,
  traffic: Traffic,
  passage: Passage,
  calls: readonly Call[],
  states: readonly string[],
): Promise<void> {
  const { protocol, from, to } = passage;
  const entries = await eventually(
    () => entriesTo(traffic, passage),
    (read) => read.every(({ state }) => states.includes(state)),
  );
  const seen = entries.map(({ expires: _, state, ...rest }) => {
    return { ...rest, state: states.includes(state) ? states : state };
  });
  const expected = calls.map(({ server, port }) => ({
    protocol,
    client: { address: from, port },
    virtual: to,
    destination: entered(passage, server),
    template: false,
    invalidated: false,
    state: states,
  }));
  t.deepEqual(
    seen,
    expected.toSorted((one, other) => one.client.port - other.client.port),
  );
  for (const { expires } of entries) t.true(expires > 0 && expires <= 900, String(expires));
}

/** A destination as entries have it: without a port of its own, it has the one that was called. */
function entered(passage: Passage, server: string): Endpoint {
  const { address, port } = destinationOf(passage, server);
  return { address, port: port === 0 ? passage.to.port : port };
}

async function checkConnections(
  t: ExecutionContext,
  { ipvs }: Traffic,
  { id, stations }: Passage,
  expected: { readonly active: number; readonly inactive: number },
): Promise<void> {
  const read = async () => {
    const destinations = await ipvs.listDestinations(id);
    return destinations.map(({ activeConnections, inactiveConnections }) => {
      return { active: activeConnections, inactive: inactiveConnections };
    });
  };
  const counted = await eventually(read, (each) =>
    each.every(({ active }) => active === expected.active),
  );
  t.deepEqual(
    counted,
    stations.map(() => expected),
  );
}

function checkEach(
  t: ExecutionContext,
  traffic: Traffic,
  passage: Passage,
  expected: Expected,
): Promise<void> {
  const each = passage.stations.map(({ machine }) => [destinationIdOf(passage, machine), expected]);
  return checkCounters(t, traffic, passage.id, Object.fromEntries(each));
}
