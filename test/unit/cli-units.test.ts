import test from 'ava';
import fc from 'fast-check';
import { bar, shortNumber, sparkline } from '#lib/cli/units.js';

test('numbers are short to read', (t) => {
  const shown = [
    0,
    1,
    999,
    999.4,
    999.6,
    1000,
    1234,
    12_345,
    99_949,
    99_950,
    123_456,
    999_500,
    10n ** 18n,
  ];
  t.deepEqual(shown.map(shortNumber), [
    ...['0', '1', '999', '999', '1.00k', '1.00k', '1.23k', '12.3k', '99.9k', '100k', '123k'],
    ...['1.00M', '1.00E'],
  ]);
});

test('a short number is at most 5 characters long and within one percent', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (value) => {
      const text = shortNumber(value);
      const factor = 1000 ** ' kMGTPE'.indexOf(/[kMGTPE]$/.exec(text)?.[0] ?? ' ');
      const back = Number.parseFloat(text) * factor;
      t.true(text.length <= 5 && Math.abs(back - value) <= value / 100, text);
    }),
  );
});

test('sparklines are as high as their values', (t) => {
  t.is(sparkline([0, 1, 4, 8], 8), ' ▁▄█');
  t.is(sparkline([3, 3]), '██');
  t.is(sparkline([0, 0]), '  ');
  t.is(sparkline([]), '');
});

test('bars are as long as their part', (t) => {
  t.is(bar(0, 4), '    ');
  t.is(bar(0.5, 4), '██  ');
  t.is(bar(0.53, 4), '██▏ ');
  t.is(bar(1, 4), '████');
});
