import test, { type ExecutionContext } from 'ava';
import type { Family } from 'ipvs';
import { endpoint } from '../../demo/addresses.js';
import { checkCounters } from './_counters.js';
import { eventually } from './_eventually.js';
import type { DataCommand, Fetched } from './_host-role.js';
import { destinationIdOf, destinationOf, type Passage, prepare } from './_passage.js';
import { skip } from './_skip.js';
import { Traffic } from './_traffic.js';

let traffic: Traffic;
let missing = false;
test.before(async () => {
  traffic = await Traffic.open({ servers: ['A', 'B'] });
  const helpers = await traffic.topology.run('director', 'cat', '/proc/net/ip_vs_app');
  missing = !/ ftp *$/m.test(helpers);
});
test.after.always(() => traffic?.close());

/** The connection for data goes between the same two, through the same address. */
function checkData(t: ExecutionContext, passage: Passage, command: DataCommand, fetched: Fetched) {
  const { server, data, near, far } = fetched;
  const openedByServer = command === 'PORT' || command === 'EPRT';
  t.is(data.server, server);
  t.deepEqual(far, { address: passage.to.address, port: openedByServer ? 20 : far.port });
  t.is(data.from, endpoint(near.address, near.port));
  t.is(data.at, endpoint(destinationOf(passage, server).address, far.port));
  t.true(fetched.bytes > 20_000);
}

/** The kernel has an entry for commands, and one for data that belongs to it. */
async function checkEntries(t: ExecutionContext, passage: Passage, fetched: Fetched) {
  const { server, port, near, far } = fetched;
  const destination = destinationOf(passage, server);
  const common = { protocol: 'tcp', state: 'TIME_WAIT', template: false, invalidated: false };
  const expected = [
    { client: { ...near, port }, virtual: passage.to, destination },
    { client: near, virtual: far, destination: { ...destination, port: far.port } },
  ];
  const entries = await eventually(
    async () => {
      const all = await traffic.entries();
      return [port, near.port].flatMap((own) =>
        all.filter(({ client }) => client.address === near.address && client.port === own),
      );
    },
    (read) => read.every(({ state }) => state === common.state),
  );
  t.deepEqual(
    entries.map(({ expires: _, ...rest }) => rest),
    expected.map((each) => ({ ...common, ...each })),
  );
}

const passes = test.macro({
  async exec(t, family: Family, ...commands: DataCommand[]) {
    if (missing) return skip(t, 'this kernel has no helper for FTP');
    const way = {
      protocol: 'tcp',
      family,
      forward: 'masquerade',
      port: 21,
      kind: 'files',
    } as const;
    const passage = await prepare(traffic, way);
    const client = traffic.host('client');
    const seen = { A: 0, B: 0 };
    for (const command of [...commands, ...commands.toReversed()]) {
      const fetched = await client.ask('fetch', passage.from, passage.to, command);
      checkData(t, passage, command, fetched);
      await checkEntries(t, passage, fetched);
      seen[fetched.server as keyof typeof seen] += 1;
    }
    // What is for data was not scheduled, but its packets count.
    const { length } = commands;
    t.deepEqual(seen, { A: length, B: length });
    const bytesOut = [20_000n * BigInt(length), 25_000n * BigInt(length)] as const;
    await checkCounters(t, traffic, passage.id, {
      [destinationIdOf(passage, 'A')]: { connections: BigInt(length), bytesOut },
      [destinationIdOf(passage, 'B')]: { connections: BigInt(length), bytesOut },
    });
  },
  title: (_, family: Family, ...commands: DataCommand[]) =>
    `the data of FTP passes over ${family}: ${commands.join(', ')}`,
});
test(passes, 'ipv4', 'PASV', 'EPSV', 'PORT', 'EPRT');
test(passes, 'ipv6', 'EPSV', 'EPRT');
