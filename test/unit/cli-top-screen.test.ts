import test from 'ava';
import { FrameStream } from '#lib/cli/top/frame-stream.js';
import { Screen } from '#lib/cli/top/screen.js';

function makeTerminal() {
  const written: string[] = [];
  const terminal = {
    columns: 20,
    rows: 3,
    write: (text: string) => written.push(text),
    on() {},
    off() {},
  };
  /** What was written since it was asked last. */
  const take = () => written.splice(0).join('').replaceAll('\u001b[', '^');
  return { terminal, take };
}

test('the alternate screen is entered and left once', (t) => {
  const { terminal, take } = makeTerminal();
  const screen = new Screen(terminal);
  screen.draw('too early');
  t.is(take(), '');
  screen.open();
  t.is(take(), '^?1049h^?25l^?7l^2J');
  screen.close();
  screen.close();
  t.is(take(), '^?7h^?25h^?1049l');
  screen.draw('too late');
  screen.clear();
  t.is(take(), '');
});

test('only lines that changed are written, all at once', (t) => {
  const { terminal, take } = makeTerminal();
  const screen = new Screen(terminal);
  screen.open();
  take();
  screen.draw('one\ntwo\nthree');
  t.is(take(), '^?2026h^1;1H^2Kone^0m^2;1H^2Ktwo^0m^3;1H^2Kthree^0m^?2026l');
  screen.draw('one\nTWO');
  t.is(take(), '^?2026h^2;1H^2KTWO^0m^3;1H^2K^0m^?2026l');
  screen.draw('one\nTWO');
  t.is(take(), '');
  screen.clear();
  screen.draw('one\ntwo\nthree\nbelow the screen');
  t.is(take(), '^2J^?2026h^1;1H^2Kone^0m^2;1H^2Ktwo^0m^3;1H^2Kthree^0m^?2026l');
});

test('a frame is whatever is written at once', (t) => {
  const { terminal, take } = makeTerminal();
  const screen = new Screen(terminal);
  const stream = new FrameStream(screen);
  screen.open();
  take();
  stream.write('a ▂▃\n');
  stream.write('');
  t.is(take(), '^?2026h^1;1H^2Ka ▂▃^0m^2;1H^2K^0m^?2026l');
  t.is(stream.columns, 20);
  t.is(stream.rows, 3);
});
