import test from 'ava';
import {
  limitOfDestination,
  limitOfEngine,
  limitOfService,
  limitOfServiceChange,
  limitOfTunnel,
  limitOfZero,
} from '#lib/kernel/sockopt-limits.js';
import { parseServiceId } from '#lib/model/service-id.js';

const limitOf = {
  'read the service': (id: string) => limitOfService(parseServiceId(id)),
  'change the service': (id: string) => limitOfServiceChange(parseServiceId(id)),
  'zero the service': (id: string) => limitOfZero(parseServiceId(id)),
  'use the engine': limitOfEngine,
  'reach the destination': limitOfDestination,
} as const;

const can = test.macro({
  exec: (t, act: keyof typeof limitOf, subject: string) => t.is(limitOf[act](subject), undefined),
  title: (_, act, subject) => `the socket options can ${act} "${subject}"`,
});

const cannot = test.macro({
  exec(t, act: keyof typeof limitOf, subject: string, reason: string) {
    t.is(
      limitOf[act](subject),
      `the socket options ${reason}: open with the transport "netlink", which needs CAP_NET_ADMIN in the initial user namespace`,
    );
  },
  title: (_, act, subject) => `the socket options cannot ${act} "${subject}"`,
});

for (const act of ['read the service', 'change the service', 'zero the service'] as const) {
  test(can, act, 'tcp/192.0.2.1:80');
  test(can, act, 'udp/192.0.2.1:0');
  test(can, act, 'sctp/0.0.0.0:9');
  test(can, act, 'fwmark/1/ipv4');
  test(cannot, act, 'tcp/[2001:db8::1]:80', 'know no services of IPv6');
  test(cannot, act, 'fwmark/1/ipv6', 'know no services of IPv6');
}
test(can, 'read the service', 'protocol-47/192.0.2.1:80');
test(cannot, 'change the service', 'protocol-47/192.0.2.1:80', 'know no services of protocol-47');
test(cannot, 'zero the service', 'protocol-47/192.0.2.1:80', 'know no services of protocol-47');
test(can, 'change the service', 'tcp/0.0.0.0:0');
test(
  cannot,
  'zero the service',
  'tcp/0.0.0.0:0',
  'cannot zero a service of address 0.0.0.0 and port 0 alone',
);
test(can, 'use the engine', '');
test(cannot, 'use the engine', 'sip', 'know no persistence engines');
test(can, 'reach the destination', '198.51.100.1');
test(cannot, 'reach the destination', 'fd20::2', 'know no destinations of IPv6');

test('the socket options can carry plain IPIP, and no other tunnel', (t) => {
  t.is(limitOfTunnel(undefined), undefined);
  t.is(limitOfTunnel({}), undefined);
  t.is(limitOfTunnel({ type: 'ipip', checksum: 'none' }), undefined);
  t.regex(limitOfTunnel({ type: 'gue', port: 6080 }) ?? '', /know no tunnels of type gue/);
  t.regex(limitOfTunnel({ type: 'gre' }) ?? '', /know no tunnels of type gre/);
  t.regex(limitOfTunnel({ type: 'ipip', checksum: 'full' }) ?? '', /neither port nor checksum/);
  t.regex(limitOfTunnel({ checksum: 'remote' }) ?? '', /neither port nor checksum/);
  t.regex(limitOfTunnel({ port: 6080 }) ?? '', /neither port nor checksum/);
});
