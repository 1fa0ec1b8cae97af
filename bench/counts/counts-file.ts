import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Counted, type Measure, measures } from './measures.js';

export const root = join(import.meta.dirname, '../../..');

const path = join(root, 'bench/counts/counts.json');

/** What is kept, by measure. */
export type Kept = Readonly<Partial<Record<Measure, Counted>>>;

/** Reads the counts that are kept. */
export function readCounts(): Kept {
  return JSON.parse(readFileSync(path, 'utf8')) as Kept;
}

/**
 * Writes counts in place of those that are kept. Those that depend on what they were counted with stay as they are where
 * that was something else, unless they are to be kept of `thisEnvironment` from now on. Returns the measures that stay.
 */
export function writeCounts(counted: Kept, thisEnvironment: boolean): Measure[] {
  const kept = readCounts();
  const stays = (measure: Measure) =>
    !thisEnvironment &&
    kept[measure] !== undefined &&
    kept[measure].environment !== counted[measure]?.environment;
  const names = Object.keys(measures) as Measure[];
  const written = names.map((name) => [name, stays(name) ? kept[name] : counted[name]]);
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(written), undefined, 2)}\n`);
  return names.filter(stays);
}
