import test from 'ava';
import { carriesConnections, carriesDatagrams } from './_carry.js';
import { prepare, type Way } from './_passage.js';
import { Traffic } from './_traffic.js';

let traffic: Traffic;
test.before(async () => {
  traffic = await Traffic.open({ servers: ['A', 'B'], director: true });
});
test.after.always(() => traffic?.close());

const carries = test.macro({
  async exec(t, way: Way) {
    const carry = way.protocol === 'tcp' ? carriesConnections : carriesDatagrams;
    await carry(t, traffic, await prepare(traffic, way));
  },
  title: (where = '', { protocol, family, forward }: Way) =>
    `${protocol} over ${family}: ${forward}${where}`,
});

for (const family of ['ipv4', 'ipv6'] as const) {
  for (const protocol of ['tcp', 'udp'] as const) {
    for (const forward of ['masquerade', 'direct'] as const) {
      const way = { protocol, family, forward };
      test(carries, way);
      test(' to the director itself', carries, { ...way, stations: ['director'] });
    }
    const way = { protocol, family, forward: 'masquerade' } as const;
    test(' from the director itself', carries, { ...way, caller: 'director' });
  }
}
