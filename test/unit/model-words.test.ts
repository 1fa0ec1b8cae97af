import test, { type ExecutionContext } from 'ava';
import { forwardName, forwardNumber, forwards, parseForward } from '#lib/model/forwarding.js';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import {
  parseObservedProtocol,
  parseProtocol,
  protocolName,
  protocolNumber,
  protocols,
} from '#lib/model/protocol.js';
import { isModuleName } from '#lib/model/scheduler.js';
import {
  everySchedulerFlag,
  schedulerFlagBits,
  schedulerFlagsFromBits,
  schedulerFlagsToBits,
} from '#lib/model/scheduler-flags.js';
import {
  parseTunnelChecksum,
  parseTunnelType,
  tunnelChecksumName,
  tunnelChecksumNumber,
  tunnelChecksums,
  tunnelTypeName,
  tunnelTypeNumber,
  tunnelTypes,
} from '#lib/model/tunnel.js';

test('the words have the numbers of <linux/ip_vs.h>', (t) => {
  t.deepEqual(protocols, { tcp: 6, udp: 17, sctp: 132 });
  t.deepEqual(forwards, { masquerade: 0, local: 1, tunnel: 2, direct: 3, bypass: 4 });
  t.deepEqual(tunnelTypes, { ipip: 0, gue: 1, gre: 2 });
  t.deepEqual(tunnelChecksums, { none: 0, full: 1, remote: 2 });
  t.deepEqual(schedulerFlagBits, {
    'flag-1': 0x8,
    'flag-2': 0x10,
    'flag-3': 0x20,
    'sh-fallback': 0x8,
    'sh-port': 0x10,
    'mh-fallback': 0x8,
    'mh-port': 0x10,
  });
});

const isTotal = test.macro({
  exec(
    t: ExecutionContext,
    _what: string,
    highest: number,
    toWord: (number: number) => string,
    toNumber: (word: never) => number,
  ) {
    const words = new Set<string>();
    for (let number = 0; number <= highest; number += 1) {
      const word = toWord(number);
      words.add(word);
      if (toNumber(word as never) !== number) t.fail(`${number} is ${word}`);
    }
    t.is(words.size, highest + 1);
  },
  title: (_, what) => `every ${what} the kernel can hold has one word, which reads back`,
});

test(isTotal, 'protocol', 65535, protocolName, protocolNumber);
test(isTotal, 'forwarding method', 7, forwardName, forwardNumber);
test(isTotal, 'tunnel type', 255, tunnelTypeName, tunnelTypeNumber);
test(isTotal, 'tunnel checksum', 65535, tunnelChecksumName, tunnelChecksumNumber);

test('numbers without a name are read as they are', (t) => {
  t.is(protocolName(47), 'protocol-47');
  t.is(forwardName(5), 'method-5');
  t.is(tunnelTypeName(3), 'type-3');
  t.is(tunnelChecksumName(3), 'checksum-3');
});

test('a word that is none has no number', (t) => {
  const error = t.throws(() => forwardNumber('method-8'), { instanceOf: InvalidValueError });
  t.is(
    error.message,
    'expected masquerade, local, tunnel, direct, bypass or method-<number up to 7>, got "method-8"',
  );
  t.throws(() => protocolNumber('protocol-65536'), { instanceOf: InvalidValueError });
  t.throws(() => protocolNumber('procotol-47' as never), { instanceOf: InvalidValueError });
  t.throws(() => tunnelTypeNumber('type-1.5'), { instanceOf: InvalidValueError });
  t.throws(() => tunnelChecksumNumber('checksum--1'), { instanceOf: InvalidValueError });
  t.throws(() => forwardNumber('toString' as never), { instanceOf: InvalidValueError });
});

const isProtocol = test.macro({
  exec: (t: ExecutionContext, value: unknown, protocol: string | undefined) =>
    t.is(parseProtocol(value), protocol as never),
  title: (_, value, protocol) =>
    `${JSON.stringify(value)} is ${protocol === undefined ? 'no protocol to balance' : `the protocol ${protocol}`}`,
});

test(isProtocol, 'tcp', 'tcp');
test(isProtocol, 'TCP', 'tcp');
test(isProtocol, 'uDp', 'udp');
test(isProtocol, 'Sctp', 'sctp');
test(isProtocol, 6, 'tcp');
test(isProtocol, 17, 'udp');
test(isProtocol, 132, 'sctp');
test(isProtocol, '6', undefined);
test(isProtocol, 47, undefined);
test(isProtocol, 'protocol-6', undefined);
test(isProtocol, 'icmp', undefined);
test(isProtocol, ' tcp', undefined);
test(isProtocol, ['tcp'], undefined);
test(isProtocol, null, undefined);

test('a protocol that is only observed is read as its number', (t) => {
  t.is(parseObservedProtocol('TCP'), 6);
  t.is(parseObservedProtocol(17), 17);
  t.is(parseObservedProtocol('Protocol-47'), 47);
  t.is(parseObservedProtocol('protocol-65536'), undefined);
  t.is(parseObservedProtocol(47), undefined);
  t.is(parseObservedProtocol('icmp'), undefined);
});

const isForward = test.macro({
  exec: (t: ExecutionContext, value: unknown, forward: string | undefined) =>
    t.is(parseForward(value), forward as never),
  title: (_, value, forward) =>
    `${JSON.stringify(value)} is ${forward === undefined ? 'no method to request' : `the method ${forward}`}`,
});

test(isForward, 'masquerade', 'masquerade');
test(isForward, 'm', 'masquerade');
test(isForward, 'masq', 'masquerade');
test(isForward, 'nat', 'masquerade');
test(isForward, 'tunnel', 'tunnel');
test(isForward, 'i', 'tunnel');
test(isForward, 'ipip', 'tunnel');
test(isForward, 'direct', 'direct');
test(isForward, 'g', 'direct');
test(isForward, 'dr', 'direct');
test(isForward, 'route', 'direct');
test(isForward, 'gate', 'direct');
test(isForward, 'local', undefined);
test(isForward, 'bypass', undefined);
test(isForward, 'method-5', undefined);
test(isForward, 'NAT', undefined);
test(isForward, 0, undefined);
test(isForward, 'constructor', undefined);
test(isForward, null, undefined);

test('tunnel types and checksums are requested by their names alone', (t) => {
  for (const type of ['ipip', 'gue', 'gre']) t.is(parseTunnelType(type), type as never);
  for (const type of ['type-3', 'GUE', 'constructor', 1, null])
    t.is(parseTunnelType(type), undefined);
  for (const checksum of ['none', 'full', 'remote'])
    t.is(parseTunnelChecksum(checksum), checksum as never);
  for (const checksum of ['checksum-3', 'FULL', true, 1])
    t.is(parseTunnelChecksum(checksum), undefined);
});

const names = test.macro({
  exec: (t: ExecutionContext, scheduler: string, bits: number, flags: string[]) =>
    t.deepEqual<readonly string[], readonly string[]>(
      schedulerFlagsFromBits(bits, scheduler),
      flags,
    ),
  title: (_, scheduler, bits, flags) =>
    `under ${scheduler} the bits 0x${bits.toString(16)} are [${flags.join(', ')}]`,
});

test(names, 'sh', 0x00, []);
test(names, 'sh', 0x08, ['sh-fallback']);
test(names, 'sh', 0x10, ['sh-port']);
test(names, 'sh', 0x38, ['flag-3', 'sh-fallback', 'sh-port']);
test(names, 'mh', 0x18, ['mh-fallback', 'mh-port']);
test(names, 'mh', 0x28, ['flag-3', 'mh-fallback']);
test(names, 'rr', 0x38, ['flag-1', 'flag-2', 'flag-3']);
test(names, 'none', 0x10, ['flag-2']);
test(names, 'other', 0x20, ['flag-3']);
test(names, 'mh', 0xffffffc7, []);
test(names, 'mh', 0xffffffff, ['flag-3', 'mh-fallback', 'mh-port']);

test('flags keep their bits, and are sorted, under every scheduler', (t) => {
  for (const scheduler of ['sh', 'mh', 'wlc', 'constructor']) {
    for (let bits = 0; bits <= everySchedulerFlag; bits += 8) {
      const flags = schedulerFlagsFromBits(bits, scheduler);
      t.is(schedulerFlagsToBits(flags), bits);
      t.deepEqual([...flags].sort(), [...flags]);
    }
  }
});

test('the flags that are read cannot be changed', (t) => {
  t.true(Object.isFrozen(schedulerFlagsFromBits(0x18, 'mh')));
});

test('modules have short names in lower case', (t) => {
  for (const name of ['rr', 'wlc', 'none', 'my_own-2', 'abcdefghijklmno'])
    t.true(isModuleName(name));
  for (const name of [
    '',
    'RR',
    'abcdefghijklmnop',
    '../x',
    'rr\n',
    ' rr',
    'r r',
    'é',
    1,
    null,
    ['rr'],
  ]) {
    t.false(isModuleName(name));
  }
});
