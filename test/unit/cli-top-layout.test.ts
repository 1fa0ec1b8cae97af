import test from 'ava';
import { modes } from '#lib/cli/top/columns.js';
import { parseInterval } from '#lib/cli/top/interval.js';
import { gap, layOut, widthOf } from '#lib/cli/top/layout.js';

test('columns fit into the terminal, and the wider it is, the more there are', (t) => {
  for (const mode of modes) {
    let before = 0;
    for (let width = 84; width <= 300; width += 1) {
      const { name, method, numbers, history } = layOut(mode, width);
      const others = [method, history].filter((each) => each !== undefined);
      const used =
        [...others, ...numbers.map(widthOf)].reduce((sum, each) => sum + gap + each, 0) + name;
      t.true(used < width, `${mode} ${width}`);
      const count = others.length + numbers.length;
      t.true(count >= before, `${mode} ${width}`);
      before = count;
    }
  }
});

test('on 80 columns every mode has its most important numbers', (t) => {
  t.deepEqual(
    modes.map((mode) => layOut(mode, 80).numbers.map(({ title }) => title)),
    [
      ['WEIGHT', 'ACTIVE', 'CONN/S', 'BYTES IN/S', 'BYTES OUT/S'],
      ['WEIGHT', 'ACTIVE', 'INACTIVE', 'CONN/S', 'CONNECTIONS'],
      ['WEIGHT', 'BYTES IN/S', 'BYTES OUT/S', 'BYTES IN', 'BYTES OUT'],
    ],
  );
});

test('an interval is seconds, from half a second to an hour', (t) => {
  t.is(parseInterval('2'), 2000);
  t.is(parseInterval('0.5'), 500);
  for (const wrong of ['0.4', '3601', '', '-1', '2s', '1e3', 'NaN']) {
    t.throws(() => parseInterval(wrong), { message: /from 0.5 to 3600/ }, wrong);
  }
});
