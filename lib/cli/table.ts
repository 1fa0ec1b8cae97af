import type { Paint } from './colour.js';

/** A column of a table of things. */
export interface Column<Thing> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly value: (thing: Thing) => string;
}

const noBorders = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
    .map((name) => [name, '']),
);

/** Text of things in columns under their titles, without a line around them. */
export async function formatTable<Thing>(
  columns: readonly Column<Thing>[],
  things: readonly Thing[],
  paint: Paint,
): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const table = new Table({
    chars: { ...noBorders, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: columns.map(({ align }) => align ?? 'left'),
  });
  table.push(columns.map(({ title }) => paint('dim', title)));
  for (const thing of things) table.push(columns.map(({ value }) => value(thing)));
  const lines = table.toString().split('\n');
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
