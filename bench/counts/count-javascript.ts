import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Kept } from './counts-file.js';
import { type Counts, perItem } from './measures.js';

/**
 * With these a program takes the same memory each time. Optimized code takes less, and when it comes to be optimized
 * depends on the time; so do threads beside the program's, and what of V8's own a collection of garbage takes away: with
 * room enough there is none. The seeds are of hashes.
 */
const flags = [
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  '--single-threaded',
  '--no-flush-bytecode',
  '--hash-seed=1',
  '--random-seed=1',
  // In MiB; ten times what a work takes, all rounds together.
  '--min-semi-space-size=128',
  '--max-semi-space-size=128',
];

interface Answer {
  readonly items: number;
  readonly blocks: number;
  readonly bytes: number;
}

/** Counts every work in TypeScript, each in a process of its own, so that no work makes a difference to another. */
export async function countJavascript(): Promise<Kept> {
  const blocks: Record<string, number> = {};
  const bytes: Record<string, number> = {};
  for (const work of (await run()) as string[]) {
    const answer = (await run(work)) as Answer;
    blocks[work] = perItem(answer.blocks, answer.items);
    bytes[work] = perItem(answer.bytes, answer.items);
  }
  const [major] = process.versions.node.split('.');
  return {
    'JavaScript blocks': { counts: blocks satisfies Counts },
    'JavaScript bytes': { environment: `Node ${major}`, counts: bytes },
  };
}

async function run(...names: readonly string[]): Promise<unknown> {
  const program = join(import.meta.dirname, 'javascript-main.js');
  // Of the environment nothing: options and coverage of Node come by it as well.
  const options = { env: {} };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, program, ...names],
    options,
  );
  return JSON.parse(stdout);
}
