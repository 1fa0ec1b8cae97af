import test from 'ava';
import { makePaint } from '#lib/cli/colour.js';
import { formatFinding, SourceError, SourceText } from '#lib/cli/source-text.js';

const plain = makePaint({ environment: { NO_COLOR: '1' } }, { write: () => {} });

const quote = (text: string, start: number, end = start) =>
  new SourceText('file', text).quote(start, end);

test('a place is told by line and character', (t) => {
  const source = new SourceText('file', 'one\ntwo\r\nth😀ree\n');
  t.deepEqual(
    [0, 3, 4, 8, 9, 13, 16, 17].map((offset) => source.placeOf(offset)),
    [
      { line: 1, column: 1 },
      { line: 1, column: 4 },
      { line: 2, column: 1 },
      { line: 2, column: 5 },
      { line: 3, column: 1 },
      { line: 3, column: 4 },
      { line: 3, column: 7 },
      { line: 4, column: 1 },
    ],
  );
  t.deepEqual(new SourceText('file', '').placeOf(0), { line: 1, column: 1 });
});

test('the part is underlined in its line', (t) => {
  t.is(quote('one\ntwo three\nfour', 8, 13), '  2 | two three\n    |     ^^^^^\n');
  t.is(quote('one\ntwo three\nfour', 8), '  2 | two three\n    |     ^\n');
  t.is(quote('\tone: two', 1, 4), '  1 |  one: two\n    |  ^^^\n');
  t.is(quote('th😀ree four', 8, 12), '  1 | th😀ree four\n    |        ^^^^\n');
});

test('of a part with several lines the first is underlined', (t) => {
  t.is(quote('a:\r\n  b: 1\r\n  c: 2\r\n', 6, 18), '  2 |   b: 1\n    |   ^^^^\n');
});

test('the end of a text is a place as well', (t) => {
  t.is(quote('one\n', 4), '  2 |\n    | ^\n');
  t.is(quote('one', 3), '  1 | one\n    |    ^\n');
  t.is(quote('', 0), '  1 |\n    | ^\n');
});

test('of a long line a part is shown', (t) => {
  const text = `${'a'.repeat(1000)}WRONG${'b'.repeat(1000)}`;
  const [line = '', mark = ''] = quote(text, 1000, 1005).split('\n');
  t.is(line.length, mark.indexOf('^') + 5 + 56, 'a hundred characters and two dots');
  t.is(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1), 'WRONG');
  t.regex(line, /^ {2}1 \| …a{40}WRONGb+…$/);
});

test('what would change the terminal is not shown as it is', (t) => {
  t.is(quote('a\u001b[31mb\u202ec\u0007d', 0, 1), '  1 | a·[31mb·c·d\n    | ^\n');
});

test('a finding has its place, its code and what is said', (t) => {
  const source = new SourceText('web.yaml', 'weight: -1\n');
  const finding = { code: 'E_WEIGHT', message: 'too low', start: 8, end: 10 };
  t.is(
    formatFinding(source, { severity: 'error', ...finding }, plain),
    'web.yaml:1:9: error E_WEIGHT: too low\n  1 | weight: -1\n    |         ^^\n',
  );
  t.is(
    formatFinding(source, { severity: 'warning', message: 'hm', start: 0, end: 0 }, plain),
    'web.yaml:1:1: warning: hm\n  1 | weight: -1\n    | ^\n',
  );
});

test('an error of a text says the errors, and shows the warnings as well', (t) => {
  const source = new SourceText('f', 'a b\nc');
  const error = new SourceError(source, [
    { severity: 'warning', code: 'W_A', message: 'one', start: 0, end: 1 },
    { severity: 'error', code: 'E_B', message: 'two', start: 2, end: 3 },
    { severity: 'error', message: 'three', start: 4, end: 5 },
  ]);
  t.is(error.message, 'f:1:3: two (E_B)\nf:2:1: three');
  t.deepEqual(error.findings[1] as unknown, {
    severity: 'error',
    code: 'E_B',
    message: 'two',
    line: 1,
    column: 3,
  });
  const shown = error.show(plain);
  t.is(shown.split('\n').length, 10);
  t.regex(shown, /^f:1:1: warning W_A: one\n/);
});
