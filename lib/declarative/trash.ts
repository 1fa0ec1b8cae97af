import type { Diagnostic } from '../../types/plan.js';

/** Milliseconds: the longest that the kernel remembers a removed destination without connections. The shortest are 120000. */
export const trashTime = 180_000;

/** Removed destinations that are worth a warning: an addition takes some twenty times as long, and takes it of packets, too. */
const manyRemoved = 5000;

/** Additions that are worth one while so many are remembered. A few of them take no time that anybody notices. */
const manyAdded = 1000;

/** How many times as long an addition takes beside so many removed destinations: docs/performance.md has the measurement. */
const measured: readonly (readonly [trashed: number, times: number])[] = [
  [1000, 4],
  [10_000, 30],
  [50_000, 300],
  [100_000, 600],
];

/** How many times as long an addition takes, about; for thousands of removed destinations and more. */
export function slowdown(trashed: number): number {
  const above = measured.findIndex(([amount]) => amount >= trashed);
  const end = Math.max(1, above === -1 ? measured.length - 1 : above);
  const [[from, low], [to, high]] = [measured[end - 1], measured[end]] as [Pair, Pair];
  const exponent = Math.log(high / low) / Math.log(to / from);
  return Number((low * (trashed / from) ** exponent).toPrecision(1));
}

type Pair = readonly [number, number];

/** Says what the removals of a plan do to additions after them. */
export function noteRemovals(removed: number, added: number): Diagnostic[] {
  if (removed < manyRemoved) return [];
  const own =
    added === 0 ? '' : `; those of this plan, ${added}, come first and are not among them`;
  return [
    warning(
      `the kernel remembers ${removed} destinations for two to three minutes after they are removed, and each addition in this network namespace takes about ${slowdown(removed)} times as long until then${own}`,
    ),
  ];
}

/** Says what additions have to do with destinations that were removed before. */
export function noteAdditions(added: number, trashed: number): Diagnostic[] {
  if (trashed < manyRemoved || added < manyAdded) return [];
  return [
    warning(
      `${added} destinations are added while the kernel still remembers ${trashed} that were removed less than three minutes before: each takes about ${slowdown(trashed)} times as long`,
    ),
  ];
}

function warning(message: string): Diagnostic {
  return { severity: 'warning', code: 'W_TRASH', message };
}
