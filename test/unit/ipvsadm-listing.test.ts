import test from 'ava';
import { formatAddress } from '#lib/cli/ipvsadm/ends.js';
import { formatNumber } from '#lib/cli/ipvsadm/list-services.js';
import { orderDestinations } from '#lib/cli/ipvsadm/order.js';
import { PortNames } from '#lib/cli/ipvsadm/services-file.js';
import { formatTunnelInfo } from '#lib/cli/ipvsadm/tunnel-info.js';

const writes = test.macro({
  exec(t, number: bigint, text: string, exact: string) {
    t.is(formatNumber(number, false), text);
    t.is(formatNumber(number, true), exact);
  },
  title: (_, number) => `${number} fits its column`,
});

test(writes, 0n, '        0', '        0');
test(writes, 99_999_999n, ' 99999999', ' 99999999');
test(writes, 100_000_000n, '  100000K', ' 100000000');
test(writes, 999_999_999n, '  999999K', ' 999999999');
test(writes, 1_000_000_000n, '    1000M', ' 1000000000');
test(writes, 99_999_999_999n, '   99999M', ' 99999999999');
test(writes, 100_000_000_000n, '     100G', ' 100000000000');
test(writes, 100_000_000_000_000n, '     100T', ' 100000000000000');

test('addresses are ordered by differences of 32 bits', (t) => {
  const zero = { connections: 0n, packetsIn: 0n, packetsOut: 0n, bytesIn: 0n, bytesOut: 0n };
  const rates = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
  const destination = (address: string, port = 80) =>
    ({
      id: address,
      address,
      port,
      forward: 'direct',
      weight: 1,
      upperThreshold: 0,
      lowerThreshold: 0,
      activeConnections: 0,
      inactiveConnections: 0,
      persistentConnections: 0,
      stats: { ...zero, rates },
    }) as unknown as Parameters<typeof orderDestinations>[0][number];
  const order = (...addresses: string[]) =>
    orderDestinations(addresses.map((address) => destination(address))).map(
      ({ address }) => address,
    );
  t.deepEqual(order('10.0.0.2', '10.0.0.1', '10.0.0.3'), ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  t.deepEqual(order('10.0.0.1', '192.0.2.1'), ['192.0.2.1', '10.0.0.1']);
  // 0xfd000000 is less than 0x0a000000 by more than half of what there is.
  t.deepEqual(order('10.0.0.1', 'fd00::1'), ['fd00::1', '10.0.0.1']);
  t.deepEqual(order('2001:db8::1', 'fd00::1'), ['fd00::1', '2001:db8::1']);
});

test('an address behind zeros is written as that of IPv4', (t) => {
  t.is(formatAddress('::102:304'), '::1.2.3.4');
  t.is(formatAddress('::1'), '::1');
  t.is(formatAddress('::1:0:1'), '::1:0:1');
  t.is(formatAddress('fd00::1:2'), 'fd00::1:2');
  t.is(formatAddress('10.0.0.1'), '10.0.0.1');
});

test('ports have the names of the first line that has them', (t) => {
  const ports = new PortNames(
    '# comment\nhttp 80/tcp www # web\nwww2\t80/tcp\ndomain 53/udp\nbad\n\nhttp 81/tcp\n',
  );
  t.is(ports.name(80, 'tcp'), 'http');
  t.is(ports.name(80, 'udp'), undefined);
  t.is(ports.name(53, 'udp'), 'domain');
  t.is(ports.port('www', 'tcp'), 80);
  t.is(ports.port('www2', 'tcp'), 80);
  t.is(ports.port('http', 'tcp'), 80);
  t.is(ports.port('http', 'udp'), undefined);
});

test('a tunnel is told in one word, also where ipvsadm crashes', (t) => {
  const told = (tunnel: Parameters<typeof formatTunnelInfo>[0]['tunnel']) =>
    formatTunnelInfo(tunnel === undefined ? {} : { tunnel });
  t.is(told(undefined), 'n/a');
  t.is(told({ type: 'ipip', checksum: 'full' }), 'ipip');
  t.is(told({ type: 'gue', port: 65535, checksum: 'remote' }), 'gue:65535:r+c');
  t.is(told({ type: 'gre', checksum: 'none' }), 'gre:-c');
  t.is(told({ type: 'gre', checksum: 'checksum-7' }), 'gre:?');
  t.is(told({ type: 'type-9', checksum: 'none' }), 'n/a');
});
