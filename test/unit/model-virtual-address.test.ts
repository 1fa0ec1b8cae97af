import test from 'ava';
import { scopeName } from '#lib/model/address-scope.js';
import { checkAddressToBind, checkVirtualAddress } from '#lib/model/virtual-address.js';
import { acceptsWith, refusesWith } from './_model-macros.js';

const ownExpected = 'an address of its own, not an unspecified, multicast or broadcast one';
const farExpected = 'an address that is known beyond its link, not a link-local one';

const service = 'a service';
const device = 'a device';
const serves = acceptsWith((input, report) => checkVirtualAddress(input, report, '/vip'), service);
const servesNot = refusesWith(
  (input, report) => checkVirtualAddress(input, report, '/vip'),
  service,
);
const binds = acceptsWith((input, report) => checkAddressToBind(input, report, '/vip'), device);
const bindsNot = refusesWith((input, report) => checkAddressToBind(input, report, '/vip'), device);

for (const macro of [serves, binds]) {
  test(macro, '10.9.0.1', { address: '10.9.0.1', family: 'ipv4', kind: 'unicast' });
  test(macro, '127.0.0.5', { address: '127.0.0.5', family: 'ipv4', kind: 'unicast' });
  test(macro, 'FD09:0::1', { address: 'fd09::1', family: 'ipv6', kind: 'unicast' });
  test(
    macro,
    '::ffff:10.9.0.1',
    { address: '10.9.0.1', family: 'ipv4', kind: 'unicast' },
    'W_ADDRESS_MAPPED',
  );
}

for (const macro of [servesNot, bindsNot]) {
  for (const address of ['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1']) {
    test(macro, address, ['E_ADDRESS_KIND', '/vip', ownExpected]);
  }
  for (const text of ['', '10.9.0.1/32', '10.9.0.01', '[fd09::1]', 'fe80::1%ipvs0', 17, null]) {
    test(macro, text, ['E_ADDRESS', '/vip', 'an IPv4 or IPv6 address']);
  }
}

for (const macro of [servesNot, bindsNot]) {
  test(macro, '::ffff:224.0.0.1', ['E_ADDRESS_KIND', '/vip', ownExpected]);
}

test(serves, 'fe80::1', { address: 'fe80::1', family: 'ipv6', kind: 'link-local' });
test(bindsNot, 'fe80::1', ['E_ADDRESS_KIND', '/vip', farExpected]);
test(bindsNot, 'FEBF::1', ['E_ADDRESS_KIND', '/vip', farExpected]);

test('a scope has a word, or is its number', (t) => {
  t.deepEqual([0, 200, 253, 254, 255, 42].map(scopeName), [
    'global',
    'site',
    'link',
    'host',
    'scope-255',
    'scope-42',
  ]);
});
