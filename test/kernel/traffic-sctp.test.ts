import test from 'ava';
import type { Family, Forward } from 'ipvs';
import { carriesConnections } from './_carry.js';
import { prepare } from './_passage.js';
import { SctpHost, sctpMissing } from './_sctp-host.js';
import { skip } from './_skip.js';
import { Traffic } from './_traffic.js';
import { TunnelEnds } from './_tunnel-ends.js';
import { type Wrapping, wrappings } from './_wrapping.js';

let missing: string | undefined;
let traffic: Traffic;
let ends: TunnelEnds;
test.before(async () => {
  missing = await sctpMissing();
  if (missing !== undefined) return;
  const start = (namespace: string, name: string) => new SctpHost(namespace, name);
  traffic = await Traffic.open({ servers: ['A', 'B'], start });
  ends = await TunnelEnds.create(traffic.topology, ['ipip']);
});
test.after.always(() => traffic?.close());

/** Less than a packet: what does not fit into a tunnel is sent again only after seconds. */
const payload = 1000;

const carries = test.macro({
  async exec(t, family: Family, forward: Forward) {
    if (missing !== undefined) return skip(t, `this kernel has no SCTP: ${missing}`);
    const passage = await prepare(traffic, { protocol: 'sctp', family, forward });
    await carriesConnections(t, traffic, passage, payload);
    if (forward !== 'tunnel') return;
    const wrapping = wrappings.find(
      ({ type, inner, outer }) => type === 'ipip' && inner === family && outer === family,
    );
    for (const server of traffic.topology.servers) {
      t.true(
        (await ends.count(server, wrapping as Wrapping)) > 0,
        `nothing in a tunnel to ${server}`,
      );
    }
  },
  title: (_, family: Family, forward: Forward) => `sctp over ${family}: ${forward}`,
});

for (const family of ['ipv4', 'ipv6'] as const) {
  test(carries, family, 'masquerade');
  test(carries, family, 'direct');
  test(carries, family, 'tunnel');
}
