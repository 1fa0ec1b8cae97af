import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import { formatPointer, pointerStep } from '#lib/model/pointer.js';
import { CollectingReport, throwingReport } from '#lib/model/report.js';
import { showValue } from '#lib/model/show-value.js';

const reads = test.macro({
  exec: (t, pointer: string, path: string) => t.is(formatPointer(pointer), path),
  title: (_, pointer, path) => `the pointer “${pointer}” reads “${path}”`,
});

test(reads, '', '');
test(reads, '/weight', 'weight');
test(reads, '/persistence/netmask', 'persistence.netmask');
test(reads, '/destinations/0/weight', 'destinations[0].weight');
test(reads, '/services/12/destinations/3', 'services[12].destinations[3]');
test(reads, '/0', '[0]');
test(reads, '/sched uler', '["sched uler"]');
test(reads, '/a~1b/c~0d/~01', '["a/b"]["c~d"]["~1"]');
test(reads, '/007', '["007"]');
test(reads, '/', '[""]');

test('a step of a pointer is escaped so that it reads as one name', (t) => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      t.is(pointerStep(name).split('/').length, 2);
      t.is(pointerStep(name).slice(1).replaceAll('~1', '/').replaceAll('~0', '~'), name);
    }),
  );
});

const shows = test.macro({
  exec: (t: ExecutionContext, _what: string, value: unknown, text: string) =>
    t.is(showValue(value), text),
  title: (_, what, _value, text) => `${what} is shown as ${text}`,
});

const cycle: unknown[] = [];
cycle.push(cycle);
const hostile = new Proxy(
  {},
  {
    get: () => failWhenTouched(),
    ownKeys: () => failWhenTouched(),
    getPrototypeOf: () => failWhenTouched(),
    getOwnPropertyDescriptor: () => failWhenTouched(),
  },
);
const revoked = Proxy.revocable({}, {});
revoked.revoke();

function failWhenTouched(): never {
  throw new Error('looked at');
}

test(shows, 'a text', 'a "b"\n', '"a \\"b\\"\\n"');
test(shows, 'a long text', 'x'.repeat(1 << 24), `"${'x'.repeat(60)}"...`);
test(shows, 'half a character', '\ud83d', '"\\ud83d"');
test(shows, 'a number', 1.5, '1.5');
test(shows, 'minus zero', -0, '-0');
test(shows, 'not a number', Number.NaN, 'NaN');
test(shows, 'a bigint', -80n, '-80n');
test(shows, 'a huge bigint', 1n << 1_000_000n, 'a bigint beyond 64 bits');
test(shows, 'a symbol', Symbol('secret'), 'a symbol');
test(shows, 'a boolean', true, 'true');
test(shows, 'undefined', undefined, 'undefined');
test(shows, 'null', null, 'null');
test(shows, 'a function', () => {}, 'a function');
test(shows, 'a cyclic array', cycle, 'an array');
test(shows, 'an object', { password: 'x' }, 'an object');
test(shows, 'an object without a prototype', Object.create(null), 'an object');
test(shows, 'an object that throws when touched', hostile, 'an object');
test(shows, 'a revoked proxy', revoked.proxy, 'an object');

test('every value is shown in one short line', (t) => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
      const text = showValue(value);
      t.true(text.length < 400);
      t.false(text.includes('\n'));
    }),
  );
});

test('an InvalidValueError says where, what was expected, and what was found', (t) => {
  const error = new InvalidValueError('weight', -1, 'a whole number from 0 to 2147483647');
  t.true(error instanceof TypeError);
  t.is(error.name, 'InvalidValueError');
  t.is(error.code, 'ERR_IPVS_INVALID_VALUE');
  t.is(error.path, 'weight');
  t.is(error.value, -1);
  t.is(error.expected, 'a whole number from 0 to 2147483647');
  t.is(error.message, 'weight: expected a whole number from 0 to 2147483647, got -1');
});

test('an InvalidValueError about the whole names no path', (t) => {
  t.is(new InvalidValueError('', 5, 'an object').message, 'expected an object, got 5');
});

test('the throwing report throws the first error and passes over warnings', (t) => {
  throwingReport.warn('W_FLAGS_UNUSED', '/schedulerFlags', [], 'unused');
  const error = t.throws(
    () => throwingReport.error('E_WEIGHT', '/destinations/0/weight', -1, 'a weight'),
    {
      instanceOf: InvalidValueError,
    },
  );
  t.is(error.path, 'destinations[0].weight');
  t.is(throwingReport.errorCount, 0);
});

test('the collecting report keeps everything in order and counts the errors', (t) => {
  const report = new CollectingReport();
  report.warn(
    'W_ADDRESS_MAPPED',
    '/address',
    '::ffff:10.0.0.1',
    'taken as the IPv4 address 10.0.0.1',
  );
  t.is(report.errorCount, 0);
  t.is(report.error('E_PORT', '/port', '80', 'a port'), undefined);
  t.is(report.errorCount, 1);
  t.deepEqual(report.issues, [
    {
      code: 'W_ADDRESS_MAPPED',
      path: '/address',
      message: 'taken as the IPv4 address 10.0.0.1',
      value: '::ffff:10.0.0.1',
      severity: 'warning',
    },
    {
      code: 'E_PORT',
      path: '/port',
      message: 'expected a port, got "80"',
      value: '80',
      severity: 'error',
    },
  ]);
});
