/** A line and, under it, marks under a part of it; behind bars, so that they stay one under the other. */
export function underline(source: string, column: number, length: number): string[] {
  // Where there is a tab above, there has to be one below.
  const indent = source.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
  return [`| ${source}`, `| ${indent}${'^'.repeat(Math.max(1, length))}`];
}
