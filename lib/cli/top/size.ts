/** Of a terminal, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A lower terminal shows no totals. */
const lowestWithTotals = 16;

/** Lines above the rows of the table: the title, three of totals, amounts, failure, heads; or title, failure, heads. */
const linesAbove = { withTotals: 7, without: 3 };

const linesBelow = 1;

/** Whether there is room for more than the table. */
export function showsTotals({ rows }: Size): boolean {
  return rows >= lowestWithTotals;
}

/** How many rows of the table there is room for. */
export function rowsThatFit(size: Size): number {
  const above = showsTotals(size) ? linesAbove.withTotals : linesAbove.without;
  return Math.max(1, size.rows - above - linesBelow);
}
