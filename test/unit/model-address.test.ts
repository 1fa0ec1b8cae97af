import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { inspect } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import {
  type AddressKind,
  compareAddresses,
  familyOf,
  formatAddress,
  parseAddress,
  unmapAddress,
  writeAddress,
} from '#lib/model/address.js';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';

const reads = test.macro({
  exec: (t, text: string, canonical: string) => t.is(parseAddress(text)?.address, canonical),
  title: (_, text, canonical) => `${text} is ${canonical}`,
});

const refuses = test.macro({
  exec: (t, value: unknown) => t.is(parseAddress(value), undefined),
  title: (_, value) => `${inspect(value)} is no address`,
});

const isOfKind = test.macro({
  exec: (t, text: string, kind: AddressKind) => t.is(parseAddress(text)?.kind, kind),
  title: (_, text, kind) => `${text} is ${kind}`,
});

test(reads, '192.0.2.1', '192.0.2.1');
test(reads, '0.0.0.0', '0.0.0.0');
test(reads, '255.255.255.255', '255.255.255.255');
test(reads, '2001:DB8:0:0::1', '2001:db8::1');
test(reads, '2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1');
test(reads, '0000:0000:0000:0000:0000:ffff:255.255.255.255', '::ffff:255.255.255.255');
test(reads, '::', '::');
test(reads, '0:0:0:0:0:0:0:0', '::');
test(reads, '::1', '::1');
test(reads, '1::', '1::');
test(reads, '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8');
test(reads, '1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0');
test(reads, '::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8');
test(reads, '1::3:4:5:6:7:8', '1:0:3:4:5:6:7:8');
test(reads, '1:0:0:2:0:0:0:3', '1:0:0:2::3');
test(reads, '1:0:0:2:0:0:3:4', '1::2:0:0:3:4');
test(reads, '1:2:3:4:5:6:0:0', '1:2:3:4:5:6::');
test(reads, '::ffff:10.0.0.1', '::ffff:10.0.0.1');
test(reads, '::FFFF:a00:1', '::ffff:10.0.0.1');
test(reads, '0:0:0:0:0:ffff:0:0', '::ffff:0.0.0.0');
test(reads, '::ffff:0:10.0.0.1', '::ffff:0:a00:1');
test(reads, '::10.0.0.1', '::a00:1');
test(reads, '64:ff9b::192.0.2.1', '64:ff9b::c000:201');
test(reads, '1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304');

test(refuses, '');
test(refuses, ' 10.0.0.1');
test(refuses, '10.0.0.1 ');
test(refuses, '10.0.0.1\n');
test(refuses, '10.0.0');
test(refuses, '10.1');
test(refuses, '10.0.0.1.2');
test(refuses, '10.0.0.');
test(refuses, '.10.0.0');
test(refuses, '10..0.1');
test(refuses, '010.0.0.1');
test(refuses, '10.0.0.00');
test(refuses, '256.0.0.1');
test(refuses, '1.2.3.4294967297');
test(refuses, '0x0a.0.0.1');
test(refuses, '+1.2.3.4');
test(refuses, '167772161');
test(refuses, '10.0.0.1/32');
test(refuses, '10.0.0.1:80');
test(refuses, '١٠.٠.٠.١');
test(refuses, '[::1]');
test(refuses, '::1%eth0');
test(refuses, 'fe80::1%1');
test(refuses, ':');
test(refuses, ':::');
test(refuses, ':1::');
test(refuses, '1:::2');
test(refuses, '1::2::3');
test(refuses, '1:');
test(refuses, '::1:');
test(refuses, '1:2:3:4:5:6:7');
test(refuses, '1:2:3:4:5:6:7:8:9');
test(refuses, '1:2:3:4::5:6:7:8');
test(refuses, '::1:2:3:4:5:6:7:8');
test(refuses, '12345::');
test(refuses, '00001::');
test(refuses, 'g::');
test(refuses, '::10.0.0');
test(refuses, '::10.0.0.1:1');
test(refuses, '::010.0.0.1');
test(refuses, '1:2:3:4:5:6:7:1.2.3.4');
test(refuses, '::1:2:3:4:5:6:1.2.3.4');
test(refuses, 'localhost');
test(refuses, undefined);
test(refuses, null);
test(refuses, 167772161);
test(refuses, 1n);
test(refuses, ['10.0.0.1']);
test(refuses, new String('10.0.0.1'));

test(isOfKind, '10.0.0.1', 'unicast');
test(isOfKind, '127.0.0.1', 'unicast');
test(isOfKind, '169.254.0.1', 'unicast');
test(isOfKind, '0.0.0.1', 'unicast');
test(isOfKind, '0.0.0.0', 'unspecified');
test(isOfKind, '223.255.255.255', 'unicast');
test(isOfKind, '224.0.0.0', 'multicast');
test(isOfKind, '239.255.255.255', 'multicast');
test(isOfKind, '240.0.0.1', 'unicast');
test(isOfKind, '255.0.0.0', 'unicast');
test(isOfKind, '255.255.255.254', 'unicast');
test(isOfKind, '255.255.255.255', 'broadcast');
test(isOfKind, '::', 'unspecified');
test(isOfKind, '::1', 'unicast');
test(isOfKind, '2001:db8::1', 'unicast');
test(isOfKind, 'fd00::1', 'unicast');
test(isOfKind, 'fe7f::1', 'unicast');
test(isOfKind, 'fe80::1', 'link-local');
test(isOfKind, 'febf::1', 'link-local');
test(isOfKind, 'fec0::1', 'unicast');
test(isOfKind, 'ff02::1', 'multicast');
test(isOfKind, '::ffff:10.0.0.1', 'mapped');
test(isOfKind, '::ffff:0.0.0.0', 'mapped');
test(isOfKind, '::fffe:10.0.0.1', 'unicast');

test('an address of megabytes is refused without being read', (t) => {
  t.is(parseAddress('1.'.repeat(1 << 22)), undefined);
  t.is(parseAddress('1:'.repeat(1 << 22)), undefined);
});

test('an IPv4-mapped address holds its IPv4 address', (t) => {
  t.is(unmapAddress('::ffff:10.0.0.1'), '10.0.0.1');
});

test('an IPv4 address is written as 4 bytes and 12 zeros', (t) => {
  const target = new Uint8Array(20).fill(0xee);
  writeAddress('10.1.2.3', target, 2);
  t.deepEqual([...target], [0xee, 0xee, 10, 1, 2, 3, ...Array(12).fill(0), 0xee, 0xee]);
});

test('an IPv6 address is written as 16 bytes in network order', (t) => {
  const target = new Uint8Array(20).fill(0xee);
  writeAddress('fd02:1::2:304', target, 2);
  const bytes = [0xfd, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 4];
  t.deepEqual([...target], [0xee, 0xee, ...bytes, 0xee, 0xee]);
});

test('what is not an address cannot be written', (t) => {
  const error = t.throws(() => writeAddress('10.0.0', new Uint8Array(16), 0), {
    instanceOf: InvalidValueError,
  });
  t.is(error.message, 'address: expected an IPv4 or IPv6 address, got "10.0.0"');
});

const ipv4Bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
// Zero groups, and the marks of mapped addresses, are what the text form of IPv6 is about.
const ipv6Bytes = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.constant(0xffff), fc.nat(0xffff)), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));
const anyBytes = fc.oneof(ipv4Bytes, ipv6Bytes);
const canonical = anyBytes.map(format);

function format(bytes: Uint8Array): string {
  return formatAddress(bytes, bytes.length === 4 ? 'ipv4' : 'ipv6');
}

test('an address that was formatted reads back as itself and writes the same bytes', (t) => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const text = format(bytes);
      const family = bytes.length === 4 ? 'ipv4' : 'ipv6';
      const parsed = parseAddress(text);
      t.like(parsed, { address: text, family });
      t.is(familyOf(text), family);
      const written = new Uint8Array(16).fill(0xee);
      writeAddress(text, written, 0);
      t.deepEqual([...written.subarray(0, bytes.length)], [...bytes]);
      t.true(written.subarray(bytes.length).every((byte) => byte === 0));
    }),
    { numRuns: 1000 },
  );
});

test('an address inside a larger buffer formats like one of its own', (t) => {
  fc.assert(
    fc.property(ipv6Bytes, fc.nat(9), (bytes, offset) => {
      const larger = new Uint8Array(26).fill(0xee);
      larger.set(bytes, offset);
      t.is(formatAddress(larger, 'ipv6', offset), format(bytes));
    }),
  );
});

test('the canonical text is the one Node gives, but for IPv4-compatible addresses', (t) => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const address = format(bytes);
      const family = bytes.length === 4 ? 'ipv4' : 'ipv6';
      const theirs = new SocketAddress({ address, family }).address;
      if (!/^::[0-9.]+$/.test(theirs)) t.is(address, theirs);
    }),
    { numRuns: 1000 },
  );
});

/** Texts that are addresses, are nearly addresses, or look like them. */
const addressLike = fc.oneof(
  canonical,
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4Extended(),
  fc.string({ unit: fc.constantFrom(...'0123456789.'), maxLength: 16 }),
  fc.string({ unit: fc.constantFrom(...'0019afAF::::.'), maxLength: 40 }),
  fc.tuple(canonical, fc.nat(40), fc.constantFrom(...'0fF:.%/ [')).map(([text, at, mark]) => {
    return text.slice(0, at) + mark + text.slice(at);
  }),
);

test('what is an address, and which, Node says too', (t) => {
  fc.assert(
    fc.property(addressLike, (text) => {
      const parsed = parseAddress(text);
      const expected = isIPv4(text)
        ? 'ipv4'
        : isIPv6(text) && !text.includes('%')
          ? 'ipv6'
          : undefined;
      t.is(parsed?.family, expected, text);
      if (parsed === undefined || expected === undefined) return;
      const list = new BlockList();
      list.addAddress(text, expected);
      t.true(list.check(parsed.address, expected), text);
    }),
    { numRuns: 5000 },
  );
});

function compareBytes(first: Uint8Array, second: Uint8Array): number {
  return first.length - second.length || Buffer.compare(first, second);
}

test('addresses are ordered as their bytes are, IPv4 first', (t) => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (first, second) => {
      const order = compareAddresses(format(first), format(second));
      t.is(Math.sign(order), Math.sign(compareBytes(first, second)));
    }),
    { numRuns: 2000 },
  );
});

test('addresses that differ in one byte are ordered by it', (t) => {
  fc.assert(
    fc.property(anyBytes, fc.nat(15), fc.nat(255), (first, at, byte) => {
      const second = Uint8Array.from(first);
      second[at % first.length] = byte;
      const order = compareAddresses(format(first), format(second));
      t.is(Math.sign(order), Math.sign(compareBytes(first, second)));
    }),
    { numRuns: 2000 },
  );
});
