import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import {
  type CompleteServiceKey,
  compareServiceKeys,
  formatServiceId,
  keyOfService,
  parseServiceId,
  resolveServiceRef,
} from '#lib/model/service-id.js';
import { completeServiceKey } from './_model-arbitraries.js';

const reads = test.macro({
  exec: (t, text: string, id: string) => t.is(String(formatServiceId(parseServiceId(text))), id),
  title: (_, text, id) => `${text} names ${id}`,
});

const refuses = test.macro({
  exec(t, text: unknown) {
    const error = t.throws(() => parseServiceId(text as string), { instanceOf: InvalidValueError });
    t.is(error.path, 'service');
    t.is(error.value, text);
    t.regex(error.expected, /^a service id such as /);
  },
  title: (_, text) => `${JSON.stringify(text)} names no service`,
});

test(reads, 'tcp/10.0.0.1:80', 'tcp/10.0.0.1:80');
test(reads, 'TCP/10.0.0.1:80', 'tcp/10.0.0.1:80');
test(reads, 'Udp/10.0.0.1:53', 'udp/10.0.0.1:53');
test(reads, 'SCTP/10.0.0.1:9', 'sctp/10.0.0.1:9');
test(reads, '6/10.0.0.1:80', 'tcp/10.0.0.1:80');
test(reads, '17/10.0.0.1:53', 'udp/10.0.0.1:53');
test(reads, '132/10.0.0.1:9', 'sctp/10.0.0.1:9');
test(reads, 'protocol-6/10.0.0.1:80', 'tcp/10.0.0.1:80');
test(reads, 'protocol-47/10.0.0.1:80', 'protocol-47/10.0.0.1:80');
test(reads, 'Protocol-47/10.0.0.1:80', 'protocol-47/10.0.0.1:80');
test(reads, 'protocol-0/10.0.0.1:80', 'protocol-0/10.0.0.1:80');
test(reads, 'protocol-65535/10.0.0.1:80', 'protocol-65535/10.0.0.1:80');
test(reads, 'udp/[fd09::1]:53', 'udp/[fd09::1]:53');
test(reads, 'udp/[FD09:0::0:1]:53', 'udp/[fd09::1]:53');
test(reads, 'tcp/[::]:0', 'tcp/[::]:0');
test(reads, 'tcp/0.0.0.0:0', 'tcp/0.0.0.0:0');
test(reads, 'tcp/224.0.0.1:65535', 'tcp/224.0.0.1:65535');
test(reads, 'tcp/[::ffff:10.9.0.1]:80', 'tcp/[::ffff:10.9.0.1]:80');
test(reads, 'tcp/[::ffff:a09:1]:80', 'tcp/[::ffff:10.9.0.1]:80');
test(reads, 'fwmark/7', 'fwmark/7/ipv4');
test(reads, 'fwmark/7/ipv4', 'fwmark/7/ipv4');
test(reads, 'fwmark/7/ipv6', 'fwmark/7/ipv6');
test(reads, 'FWMARK/7/IPv6', 'fwmark/7/ipv6');
test(reads, 'fwmark/4294967295', 'fwmark/4294967295/ipv4');

test(refuses, '');
test(refuses, 'tcp');
test(refuses, 'tcp/');
test(refuses, '/10.0.0.1:80');
test(refuses, '10.0.0.1:80');
test(refuses, 'tcp/10.0.0.1');
test(refuses, 'tcp/10.0.0.1:');
test(refuses, 'tcp/10.0.0.1:http');
test(refuses, 'tcp/10.0.0.1:080');
test(refuses, 'tcp/10.0.0.1:+80');
test(refuses, 'tcp/10.0.0.1:65536');
test(refuses, 'tcp/10.0.0.1:80 ');
test(refuses, ' tcp/10.0.0.1:80');
test(refuses, 'tcp /10.0.0.1:80');
test(refuses, 'tcp//10.0.0.1:80');
test(refuses, 'tcp/10.0.0.1:80/ipv4');
test(refuses, 'tcp:10.0.0.1:80');
test(refuses, 'tcp/[10.0.0.1]:80');
test(refuses, 'tcp/fd09::1:80');
test(refuses, 'tcp/[fd09::1]');
test(refuses, 'tcp/[fd09::1]80');
test(refuses, 'tcp/[fd09::1:80');
test(refuses, 'tcp/fd09::1]:80');
test(refuses, 'tcp/[fe80::1%eth0]:80');
test(refuses, 'tcp/example.org:80');
test(refuses, 'icmp/10.0.0.1:80');
test(refuses, '47/10.0.0.1:80');
test(refuses, '06/10.0.0.1:80');
test(refuses, 'protocol-65536/10.0.0.1:80');
test(refuses, 'protocol-047/10.0.0.1:80');
test(refuses, 'protocol-/10.0.0.1:80');
test(refuses, 'protocol--1/10.0.0.1:80');
test(refuses, 'fwmark');
test(refuses, 'fwmark/');
test(refuses, 'fwmark/0');
test(refuses, 'fwmark/07');
test(refuses, 'fwmark/0x7');
test(refuses, 'fwmark/-1');
test(refuses, 'fwmark/4294967296');
test(refuses, 'fwmark/7/');
test(refuses, 'fwmark/7/ipv5');
test(refuses, 'fwmark/7/ipv4/');
test(refuses, 'fwmar\u212a/7');
test(refuses, undefined);
test(refuses, 7);

const tcp: CompleteServiceKey = {
  kind: 'address',
  protocol: 6,
  family: 'ipv4',
  address: '10.0.0.1',
  port: 80,
};

const resolves = test.macro({
  exec: (t: ExecutionContext, _what: string, ref: unknown, key: CompleteServiceKey) =>
    t.deepEqual(resolveServiceRef(ref), key),
  title: (_, what) => `a service can be referred to by ${what}`,
});

test(resolves, 'its id', 'tcp/10.0.0.1:80', tcp);
test(resolves, 'its key', { protocol: 'tcp', address: '10.0.0.1', port: 80 }, tcp);
test(
  resolves,
  'a key with the protocol in capitals',
  { protocol: 'TCP', address: '10.0.0.1', port: 80 },
  tcp,
);
test(
  resolves,
  'a key with the protocol as a number',
  { protocol: 6, address: '10.0.0.1', port: 80 },
  tcp,
);
test(resolves, 'a complete key', tcp, tcp);
test(
  resolves,
  'a key with undefined beside it',
  { protocol: 'tcp', address: '10.0.0.1', port: 80, fwmark: undefined, family: undefined },
  tcp,
);
test(
  resolves,
  'a listed service',
  { id: 'x', protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'rr', stats: {} },
  tcp,
);
test(
  resolves,
  'an object without a prototype',
  Object.assign(Object.create(null), { protocol: 'tcp', address: '10.0.0.1', port: 80 }),
  tcp,
);
test(
  resolves,
  'the key of a protocol that is not balanced',
  { protocol: 'protocol-47', address: 'FD09::1', port: 0 },
  { kind: 'address', protocol: 47, family: 'ipv6', address: 'fd09::1', port: 0 },
);
test(resolves, 'a mark', { fwmark: 7 }, { kind: 'fwmark', fwmark: 7, family: 'ipv4' });
test(
  resolves,
  'a mark and a family',
  { fwmark: 7, family: 'ipv6' },
  { kind: 'fwmark', fwmark: 7, family: 'ipv6' },
);
test(
  resolves,
  'port -0, which is 0',
  { protocol: 'tcp', address: '10.0.0.1', port: -0 },
  { ...tcp, port: 0 },
);

const doesNotResolve = test.macro({
  exec(t: ExecutionContext, ref: unknown, message: string) {
    t.throws(() => resolveServiceRef(ref), { instanceOf: InvalidValueError, message });
  },
  title: (_, ref) => `${inspect(ref, { breakLength: Infinity })} is refused as a reference`,
});

const refExpected = 'expected a service: its id, its key, or an object that carries one';
test(doesNotResolve, undefined, `service: ${refExpected}, got undefined`);
test(doesNotResolve, null, `service: ${refExpected}, got null`);
test(doesNotResolve, 7, `service: ${refExpected}, got 7`);
test(doesNotResolve, [tcp], `service: ${refExpected}, got an array`);
test(doesNotResolve, () => tcp, `service: ${refExpected}, got a function`);
test(
  doesNotResolve,
  {},
  'service: expected either protocol, address and port, or fwmark, got an object',
);
test(
  doesNotResolve,
  { ...tcp, fwmark: 7 },
  'service: expected either protocol, address and port, or fwmark, got an object',
);
test(
  doesNotResolve,
  { protocol: 'icmp', address: '10.0.0.1', port: 80 },
  'service.protocol: expected tcp, udp, sctp or protocol-<number>, got "icmp"',
);
test(
  doesNotResolve,
  { address: '10.0.0.1', port: 80 },
  'service.protocol: expected tcp, udp, sctp or protocol-<number>, got undefined',
);
test(
  doesNotResolve,
  { ...tcp, address: '10.0.0' },
  'service.address: expected an IPv4 or IPv6 address, got "10.0.0"',
);
test(
  doesNotResolve,
  { ...tcp, port: '80' },
  'service.port: expected a whole number from 0 to 65535, got "80"',
);
test(
  doesNotResolve,
  { ...tcp, port: 80n },
  'service.port: expected a whole number from 0 to 65535, got 80n',
);
test(
  doesNotResolve,
  { ...tcp, port: null },
  'service.port: expected a whole number from 0 to 65535, got null',
);
test(
  doesNotResolve,
  { ...tcp, family: 'ipv6' },
  'service.family: expected ipv4, as the address says, got "ipv6"',
);
test(
  doesNotResolve,
  { protocol: 'tcp' },
  'service.address: expected an IPv4 or IPv6 address, got undefined',
);
test(
  doesNotResolve,
  { address: '10.0.0.1' },
  'service.protocol: expected tcp, udp, sctp or protocol-<number>, got undefined',
);
test(
  doesNotResolve,
  { port: 80 },
  'service.protocol: expected tcp, udp, sctp or protocol-<number>, got undefined',
);
test(
  doesNotResolve,
  { port: 80, fwmark: 7 },
  'service: expected either protocol, address and port, or fwmark, got an object',
);
test(
  doesNotResolve,
  { fwmark: 0 },
  'service.fwmark: expected a whole number from 1 to 4294967295, got 0',
);
test(
  doesNotResolve,
  { fwmark: 2 ** 32 },
  'service.fwmark: expected a whole number from 1 to 4294967295, got 4294967296',
);
test(
  doesNotResolve,
  { fwmark: 7, family: 'inet' },
  'service.family: expected ipv4 or ipv6, got "inet"',
);
test(
  doesNotResolve,
  { fwmark: 7, family: null },
  'service.family: expected ipv4 or ipv6, got null',
);

test('what an object inherits is no part of a reference', (t) => {
  t.throws(() => resolveServiceRef(Object.create(tcp)), {
    message: 'service: expected either protocol, address and port, or fwmark, got an object',
  });
});

test('a reference elsewhere is refused with its own path', (t) => {
  t.throws(() => resolveServiceRef({ fwmark: -1 }, 'filter.service'), {
    message: 'filter.service.fwmark: expected a whole number from 1 to 4294967295, got -1',
  });
  t.throws(() => parseServiceId('x', 'filter.service'), { message: /^filter\.service: expected / });
});

test('an id reads back as the key it was made of', (t) => {
  fc.assert(
    fc.property(completeServiceKey, (key) => {
      t.deepEqual(parseServiceId(formatServiceId(key)), key);
      t.deepEqual(resolveServiceRef(formatServiceId(key)), key);
    }),
    { numRuns: 1000 },
  );
});

test('two ids are equal exactly when their keys are', (t) => {
  fc.assert(
    fc.property(completeServiceKey, completeServiceKey, (first, second) => {
      const sameId = formatServiceId(first) === formatServiceId(second);
      t.is(compareServiceKeys(first, second) === 0, sameId);
    }),
    { numRuns: 1000 },
  );
});

test('the key of a canonical service is the one its identity resolves to', (t) => {
  t.deepEqual(keyOfService({ protocol: 'tcp', address: '10.0.0.1', port: 80 }), tcp);
  t.deepEqual(keyOfService({ fwmark: 7, family: 'ipv6' }), {
    kind: 'fwmark',
    fwmark: 7,
    family: 'ipv6',
  });
});

const canonicalOrder = [
  'tcp/0.0.0.0:0',
  'tcp/9.0.0.1:80',
  'tcp/10.0.0.1:9',
  'tcp/10.0.0.1:80',
  'udp/10.0.0.1:80',
  'protocol-47/10.0.0.1:80',
  'sctp/10.0.0.1:80',
  'protocol-999/10.0.0.1:80',
  'tcp/10.0.0.1:443',
  'tcp/10.0.0.2:1',
  'tcp/10.0.0.10:1',
  'tcp/200.0.0.1:1',
  'tcp/[::]:1',
  'tcp/[::ffff:9.0.0.1]:1',
  'tcp/[2001:db8::9]:1',
  'tcp/[2001:db8::10]:1',
  'tcp/[fd09::1]:1',
  'fwmark/1/ipv4',
  'fwmark/2/ipv4',
  'fwmark/10/ipv4',
  'fwmark/4294967295/ipv4',
  'fwmark/1/ipv6',
  'fwmark/9/ipv6',
];

test('services are ordered by kind, family, address, port, protocol and mark', (t) => {
  fc.assert(
    fc.property(fc.shuffledSubarray(canonicalOrder, { minLength: 23 }), (shuffled) => {
      const sorted = shuffled.map((id) => parseServiceId(id)).sort(compareServiceKeys);
      t.deepEqual(sorted.map(formatServiceId).map(String), canonicalOrder);
    }),
  );
});

test('the order of services is total', (t) => {
  fc.assert(
    fc.property(completeServiceKey, completeServiceKey, completeServiceKey, (a, b, c) => {
      t.is(Math.sign(compareServiceKeys(a, b)), 0 - Math.sign(compareServiceKeys(b, a)));
      const [x, y, z] = [a, b, c].sort(compareServiceKeys) as [typeof a, typeof a, typeof a];
      t.true(compareServiceKeys(x, y) <= 0);
      t.true(compareServiceKeys(y, z) <= 0);
      t.true(compareServiceKeys(x, z) <= 0);
    }),
    { numRuns: 1000 },
  );
});

test('a reference can be anything, and is a key or an InvalidValueError', (t) => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      try {
        t.truthy(resolveServiceRef(value).kind);
      } catch (error) {
        t.true(error instanceof InvalidValueError);
      }
    }),
    { numRuns: 1000 },
  );
});
