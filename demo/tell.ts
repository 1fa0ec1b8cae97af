let steps = 0;

/** Lines of the story. */
export function tell(...lines: string[]): void {
  for (const line of lines) console.log(line === '' ? '' : `   ${line}`);
}

/** The heading of the next step. */
export function step(title: string): void {
  steps += 1;
  console.log(`\n${steps}. ${title}\n`);
}

type Cell = string | number;

/** Columns as wide as their widest cell: the first on the left, the others on the right. */
export function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string[] {
  const lines = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => {
    return Math.max(...lines.map((line) => line[column]?.length ?? 0));
  });
  return lines.map((line) => {
    const cells = line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return cells.join('   ').trimEnd();
  });
}
