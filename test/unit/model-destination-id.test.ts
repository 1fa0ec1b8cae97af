import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import {
  compareDestinationKeys,
  defaultDestinationPort,
  formatDestinationId,
  keyOfDestination,
  parseDestinationId,
  resolveDestinationRef,
} from '#lib/model/destination-id.js';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import { parseServiceId } from '#lib/model/service-id.js';
import { addressOf, family, port } from './_model-arbitraries.js';

const web = parseServiceId('tcp/10.0.0.1:80');
const mark = parseServiceId('fwmark/7/ipv6');

const reads = test.macro({
  exec: (t, text: string, id: string) =>
    t.is(String(formatDestinationId(parseDestinationId(text))), id),
  title: (_, text, id) => `${text} names ${id}`,
});

test(reads, '10.1.0.5:8080', '10.1.0.5:8080');
test(reads, '10.1.0.5:0', '10.1.0.5:0');
test(reads, '[fd02::2]:8080', '[fd02::2]:8080');
test(reads, '[FD02:0::2]:8080', '[fd02::2]:8080');
test(reads, '[::ffff:10.1.0.5]:80', '[::ffff:10.1.0.5]:80');
test(reads, '0.0.0.0:65535', '0.0.0.0:65535');

const refuses = test.macro({
  exec(t, text: unknown) {
    const error = t.throws(() => parseDestinationId(text as string), {
      instanceOf: InvalidValueError,
    });
    t.is(error.path, 'destination');
    t.is(error.value, text);
    t.is(error.expected, 'a destination id such as 10.1.0.5:8080 or [fd02::2]:8080');
  },
  title: (_, text) => `${JSON.stringify(text)} is no destination id`,
});

test(refuses, '');
test(refuses, '10.1.0.5');
test(refuses, '10.1.0.5:');
test(refuses, '10.1.0.5:65536');
test(refuses, '10.1.0.5:080');
test(refuses, '10.1.0.5: 80');
test(refuses, '[10.1.0.5]:80');
test(refuses, 'fd02::2');
test(refuses, 'fd02::2:80');
test(refuses, '[fd02::2]');
test(refuses, '[fd02::2');
test(refuses, '[]:80');
test(refuses, ':80');
test(refuses, 'tcp/10.1.0.5:80');
test(refuses, 80);

const resolves = test.macro({
  exec: (t: ExecutionContext, _what: string, ref: unknown, service: typeof web, id: string) =>
    t.is(String(formatDestinationId(resolveDestinationRef(ref, service))), id),
  title: (_, what) => `a destination can be referred to by ${what}`,
});

test(resolves, 'its id', '10.1.0.5:8080', web, '10.1.0.5:8080');
test(resolves, 'its address alone', '10.1.0.5', web, '10.1.0.5:80');
test(resolves, 'its IPv6 address alone', '[fd02::2]', web, '[fd02::2]:80');
test(resolves, 'its address alone on a mark service', '10.1.0.5', mark, '10.1.0.5:0');
test(resolves, 'its key', { address: '10.1.0.5', port: 8080 }, web, '10.1.0.5:8080');
test(resolves, 'a key without a port', { address: '10.1.0.5' }, web, '10.1.0.5:80');
test(
  resolves,
  'a key with port undefined',
  { address: 'FD02::2', port: undefined },
  web,
  '[fd02::2]:80',
);
test(resolves, 'a key with port 0', { address: '10.1.0.5', port: 0 }, web, '10.1.0.5:0');
test(
  resolves,
  'a key without a port on a mark service',
  { address: '10.1.0.5' },
  mark,
  '10.1.0.5:0',
);
test(
  resolves,
  'a listed destination',
  { id: 'x', address: '10.1.0.5', port: 8080, weight: 1, stats: {} },
  web,
  '10.1.0.5:8080',
);

const doesNotResolve = test.macro({
  exec(t: ExecutionContext, ref: unknown, message: string) {
    t.throws(() => resolveDestinationRef(ref, web), { instanceOf: InvalidValueError, message });
  },
  title: (_, ref) => `${inspect(ref, { breakLength: Infinity })} is refused as a reference`,
});

const refExpected = 'expected a destination: its id, its key, or an object that carries one';
test(doesNotResolve, undefined, `destination: ${refExpected}, got undefined`);
test(doesNotResolve, ['10.1.0.5'], `destination: ${refExpected}, got an array`);
test(
  doesNotResolve,
  'fd02::2:80',
  'destination: expected a destination id such as 10.1.0.5:8080 or [fd02::2]:8080, got "fd02::2:80"',
);
test(doesNotResolve, {}, 'destination.address: expected an IPv4 or IPv6 address, got undefined');
test(
  doesNotResolve,
  { address: '10.1.0.5:80' },
  'destination.address: expected an IPv4 or IPv6 address, got "10.1.0.5:80"',
);
test(
  doesNotResolve,
  { address: '10.1.0.5', port: null },
  'destination.port: expected a whole number from 0 to 65535, got null',
);

test('what an object inherits is no part of a reference', (t) => {
  t.throws(() => resolveDestinationRef(Object.create({ address: '10.1.0.5' }), web), {
    message: 'destination.address: expected an IPv4 or IPv6 address, got undefined',
  });
});

test('a destination without a port has its service’s, and 0 on a mark service', (t) => {
  t.is(defaultDestinationPort(web), 80);
  t.is(defaultDestinationPort(mark), 0);
});

test('the key of a canonical destination has its family', (t) => {
  t.deepEqual(keyOfDestination({ address: 'fd02::2', port: 80 }), {
    family: 'ipv6',
    address: 'fd02::2',
    port: 80,
  });
});

const key = family.chain((family) =>
  fc.record({ family: fc.constant(family), address: addressOf(family), port }),
);

test('an id reads back as the key it was made of', (t) => {
  fc.assert(
    fc.property(key, (key) => {
      t.deepEqual(parseDestinationId(formatDestinationId(key)), key);
      t.deepEqual(resolveDestinationRef(formatDestinationId(key), web), key);
      t.deepEqual(resolveDestinationRef(key, web), key);
    }),
    { numRuns: 1000 },
  );
});

test('destinations are ordered by family, address and port', (t) => {
  const ids = [
    '9.0.0.1:80',
    '10.0.0.1:9',
    '10.0.0.1:80',
    '10.0.0.10:1',
    '[::1]:1',
    '[fd02::2]:0',
    '[fd02::10]:0',
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(ids, { minLength: ids.length }), (shuffled) => {
      const sorted = shuffled.map((id) => parseDestinationId(id)).sort(compareDestinationKeys);
      t.deepEqual(sorted.map(formatDestinationId).map(String), ids);
    }),
  );
});

test('a reference can be anything, and is a key or an InvalidValueError', (t) => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      try {
        t.truthy(resolveDestinationRef(value, web).family);
      } catch (error) {
        t.true(error instanceof InvalidValueError);
      }
    }),
    { numRuns: 1000 },
  );
});
