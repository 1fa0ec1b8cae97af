import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';

const file = join(process.cwd(), 'scripts', 'terminal-picture.js');
const { drawTerminal, readLines } = await import(pathToFileURL(file).href);

test('a line is read as runs of one style, which goes on to the next line', (t) => {
  t.deepEqual(readLines(['a\u001b[1;32mbc\u001b[7md\u001b[0m e', '\u001b[2mf', 'g']), [
    [
      { text: 'a', column: 0, style: {} },
      { text: 'bc', column: 1, style: { bold: true, colour: '#98c379' } },
      { text: 'd', column: 3, style: { bold: true, colour: '#98c379', inverse: true } },
      { text: ' e', column: 4, style: {} },
    ],
    [{ text: 'f', column: 0, style: { dim: true } }],
    [{ text: 'g', column: 0, style: { dim: true } }],
  ]);
});

test('words have their places, sparklines are paths, and text is quoted', (t) => {
  const picture: string = drawTerminal(['\u001b[1ma <b>   c▁█'], 10, 'A & B');
  t.true(picture.includes('<title>A &amp; B</title>'));
  t.true(
    picture.includes('<text x="0" y="13" textLength="40" font-weight="bold">a &lt;b&gt;</text>'),
  );
  t.true(picture.includes('<text x="64" y="13" textLength="8" font-weight="bold">c</text>'));
  t.true(picture.includes('<path d="M72 16v-1.75h7v1.75zM80 16v-14h7v14z"'));
});
