import { inspect } from 'node:util';
import test from 'ava';
import { formatNetmask, fullPrefix, parseNetmask } from '#lib/model/netmask.js';

type Family = 'ipv4' | 'ipv6';

const reads = test.macro({
  exec: (t, value: unknown, family: Family, prefix: number) =>
    t.is(parseNetmask(value, family), prefix),
  title: (_, value, family, prefix) => `${inspect(value)} is a prefix of ${prefix} for ${family}`,
});

const refuses = test.macro({
  exec: (t, value: unknown, family: Family) => t.is(parseNetmask(value, family), undefined),
  title: (_, value, family) => `${inspect(value)} is no netmask for ${family}`,
});

test(reads, '255.255.255.255', 'ipv4', 32);
test(reads, '255.255.255.0', 'ipv4', 24);
test(reads, '255.255.254.0', 'ipv4', 23);
test(reads, '128.0.0.0', 'ipv4', 1);
test(reads, 1, 'ipv4', 1);
test(reads, 32, 'ipv4', 32);
test(reads, 1, 'ipv6', 1);
test(reads, 128, 'ipv6', 128);

test(refuses, '0.0.0.0', 'ipv4');
test(refuses, '255.0.255.0', 'ipv4');
test(refuses, '255.255.255.253', 'ipv4');
test(refuses, '0.255.255.255', 'ipv4');
test(refuses, '255.255.0', 'ipv4');
test(refuses, '24', 'ipv4');
test(refuses, '/24', 'ipv4');
test(refuses, ' 255.0.0.0', 'ipv4');
test(refuses, 0, 'ipv4');
test(refuses, -0, 'ipv4');
test(refuses, 33, 'ipv4');
test(refuses, 24.5, 'ipv4');
test(refuses, 24n, 'ipv4');
test(refuses, Number.NaN, 'ipv4');
test(refuses, null, 'ipv4');
test(refuses, undefined, 'ipv4');
test(refuses, 'ffff::', 'ipv4');
test(refuses, 0, 'ipv6');
test(refuses, 129, 'ipv6');
test(refuses, '64', 'ipv6');
test(refuses, 'ffff::', 'ipv6');
test(refuses, '255.255.255.0', 'ipv6');

test('every IPv4 prefix has one dotted mask, and reads back from it', (t) => {
  for (let prefix = 1; prefix <= 32; prefix += 1) {
    const mask = formatNetmask(prefix, 'ipv4');
    t.is(parseNetmask(mask, 'ipv4'), prefix);
    const bits = String(mask)
      .split('.')
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('');
    t.is(bits, '1'.repeat(prefix).padEnd(32, '0'));
  }
});

test('an IPv6 prefix is its own text', (t) => t.is(formatNetmask(64, 'ipv6'), 64));

test('a whole address is 32 or 128 bits', (t) => {
  t.is(fullPrefix('ipv4'), 32);
  t.is(fullPrefix('ipv6'), 128);
});
