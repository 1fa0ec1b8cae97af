import { type Counted, type Measure, measures, type Tolerances } from './measures.js';

/** How counts compare with those that are kept. */
export type Comparison =
  | { readonly kind: 'compared'; readonly changes: readonly string[] }
  | { readonly kind: 'elsewhere'; readonly reason: string };

/** Compares what was counted now with what is kept, work by work. Also a decrease is a change: the next increase would hide in it. */
export function compare(measure: Measure, kept: Counted, now: Counted): Comparison {
  const { tolerance, ...rest }: Tolerances = measures[measure];
  if (kept.environment === now.environment) {
    return { kind: 'compared', changes: changesOf(kept, now, tolerance) };
  }
  if (rest.elsewhere !== undefined) {
    return { kind: 'compared', changes: changesOf(kept, now, rest.elsewhere) };
  }
  const reason = `${measure} are kept of ${kept.environment}, and these are of ${now.environment}`;
  return { kind: 'elsewhere', reason };
}

function changesOf(kept: Counted, now: Counted, tolerance: number): string[] {
  const works = new Set([...Object.keys(kept.counts), ...Object.keys(now.counts)]);
  return [...works].flatMap((work) => {
    const before = kept.counts[work];
    const after = now.counts[work];
    if (before === undefined) return `${work}: ${after}, and no count is kept`;
    if (after === undefined) return `${work}: ${before} is kept, and there is no such work`;
    if (Math.abs(after - before) <= before * tolerance) return [];
    const allowed = `${tolerance * 100} % allowed`;
    return `${work}: ${before} before, ${after} now${percentage(before, after)}, ${allowed}`;
  });
}

function percentage(before: number, after: number): string {
  if (before === 0) return '';
  const change = ((after - before) / before) * 100;
  return ` (${change > 0 ? '+' : ''}${change.toFixed(1)} %)`;
}
