import test from 'ava';
import { carriesConnections, carriesDatagrams } from './_carry.js';
import { prepare } from './_passage.js';
import { skip } from './_skip.js';
import { Traffic } from './_traffic.js';
import { TunnelEnds, unwrappers } from './_tunnel-ends.js';
import { guePort, type Wrapping, wrappings } from './_wrapping.js';

let traffic: Traffic;
let ends: TunnelEnds;
test.before(async () => {
  traffic = await Traffic.open({ servers: ['A', 'B'] });
  ends = await TunnelEnds.create(traffic.topology);
});
test.after.always(() => traffic?.close());

const tunnels = test.macro({
  async exec(t, wrapping: Wrapping) {
    const { type, checksum, inner: family, outer } = wrapping;
    const missing = ends.missing.get(type);
    if (missing !== undefined) return skip(t, `this kernel does not unwrap ${type}: ${missing}`);

    const tunnel = { type, checksum, ...(type === 'gue' ? { port: guePort } : {}) };
    const stations = unwrappers(wrapping);
    // What is cut into packets only after wrapping is lost with remote checksums (seen on Linux 6.1), and sent again.
    const payload = checksum === 'remote' ? 1000 : undefined;
    const way = { family, forward: 'tunnel', tunnel, outer, stations } as const;
    await Promise.all([
      prepare(traffic, { ...way, protocol: 'tcp' }).then((passage) =>
        carriesConnections(t, traffic, passage, payload),
      ),
      prepare(traffic, { ...way, protocol: 'udp' }).then((passage) =>
        carriesDatagrams(t, traffic, passage),
      ),
    ]);
    for (const server of stations) {
      const arrived = await ends.count(server, wrapping);
      t.true(arrived > 0, `${arrived} at ${server}`);
    }
  },
  title: (_, { type, checksum, inner, outer }: Wrapping) =>
    `${inner} in ${type} with checksum ${checksum} over ${outer}`,
});

for (const wrapping of wrappings) test(tunnels, wrapping);
