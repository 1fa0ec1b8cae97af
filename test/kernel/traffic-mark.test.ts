import test from 'ava';
import type { Family } from 'ipvs';
import { visit } from './_calls.js';
import { carriesConnections, carriesDatagrams } from './_carry.js';
import { checkCounters } from './_counters.js';
import { Marks } from './_marks.js';
import {
  addressOf,
  destinationIdOf,
  destinationOf,
  type Passage,
  prepare,
  type Way,
} from './_passage.js';
import { checkTemplates } from './_templates.js';
import { Traffic } from './_traffic.js';

let traffic: Traffic;
let marks: Marks;
test.before(async () => {
  traffic = await Traffic.open({ servers: ['A', 'B'] });
  marks = await Marks.create(traffic.topology);
});
test.after.always(() => traffic?.close());

const carries = test.macro({
  async exec(t, way: Way) {
    const fwmark = marks.next();
    const passage = await prepare(traffic, { ...way, fwmark });
    t.is(String(passage.id), `fwmark/${fwmark}/${way.family}`);
    t.is(await visit(traffic, passage), 'ECONNREFUSED', 'without the mark nobody answers');
    await marks.set(fwmark, passage.to.port);
    const carry = way.protocol === 'tcp' ? carriesConnections : carriesDatagrams;
    await carry(t, traffic, passage);
  },
  title: (_, { protocol, family, forward }: Way) =>
    `${protocol} over ${family}, marked: ${forward}`,
});

for (const family of ['ipv4', 'ipv6'] as const) {
  for (const protocol of ['tcp', 'udp'] as const) {
    test(carries, { protocol, family, forward: 'masquerade' });
    test(carries, { protocol, family, forward: 'direct' });
  }
}

/** The same service at another port, over UDP. */
async function alsoOverUdp(passage: Passage, family: Family): Promise<Passage> {
  const to = { ...passage.to, port: traffic.nextPort() };
  for (const { machine } of passage.stations) {
    const at = { address: addressOf(machine, family), port: to.port };
    await traffic.host(machine).ask('serve', 'datagrams', at);
  }
  return { ...passage, protocol: 'udp', to };
}

const unites = test.macro({
  async exec(t, family: Family) {
    const fwmark = marks.next();
    const way = { protocol: 'tcp', family, forward: 'masquerade', fwmark } as const;
    const overTcp = await prepare(traffic, way);
    const overUdp = await alsoOverUdp(overTcp, family);
    await marks.set(fwmark, overTcp.to.port, overUdp.to.port);
    const visitAll = async () => {
      const answers: string[] = [];
      for (const each of [overTcp, overUdp, overTcp, overUdp]) {
        answers.push(await visit(traffic, each));
      }
      return answers;
    };

    const [first = '', second = '', ...others] = await visitAll();
    t.deepEqual([first, second].toSorted(), ['A', 'B']);
    t.deepEqual(others, [first, second]);

    await traffic.ipvs.updateService(overTcp.id, { persistence: { timeout: 300 } });
    t.deepEqual(await visitAll(), [first, first, first, first]);
    const remembered = {
      protocol: 'protocol-0' as const,
      client: { address: overTcp.from, port: 0 },
      destination: destinationOf(overTcp, first),
    };
    await checkTemplates(t, traffic, { fwmark }, [remembered], 300);
    await checkCounters(t, traffic, overTcp.id, {
      [destinationIdOf(overTcp, first)]: { connections: 6n },
      [destinationIdOf(overTcp, second)]: { connections: 2n },
    });
  },
  title: (_, family: Family) =>
    `one mark is one service to ports of TCP and UDP over ${family}, and one memory of the client`,
});

test(unites, 'ipv4');
test(unites, 'ipv6');
