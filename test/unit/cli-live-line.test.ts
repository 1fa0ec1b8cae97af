import test from 'ava';
import { LiveLine } from '#lib/cli/live-line.js';

function lineOn(output: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  const line = new LiveLine({ ...output, write: (text: string) => written.push(text) });
  return { line, written };
}

const erase = '\r\u001b[2K';

test('a line is drawn over itself, and makes room for those that stay', (t) => {
  const { line, written } = lineOn({ isTTY: true });
  line.show('one');
  line.say('stays');
  line.end();
  line.end();
  t.is(written.join('').replaceAll(erase, '<'), '<one<stays\n<one<<');
});

test('it does not go past the edge of the terminal', (t) => {
  const { line, written } = lineOn({ isTTY: true, columns: 10 });
  line.show('▁▂▃▄▅▆▇█▁▂▃▄▅▆▇█');
  t.deepEqual(written, [`${erase}▁▂▃▄▅▆▇█▁`]);
});

test('where there is no terminal, only lines that stay are written', (t) => {
  const { line, written } = lineOn({});
  line.show('one');
  line.say('stays');
  line.show('two');
  line.end();
  t.deepEqual(written, ['stays\n']);
});
