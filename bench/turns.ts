import { apart } from './apart.js';
import { type Measurement, watchLoop } from './measure.js';

/** Something that is measured again and again. */
export interface Turn {
  /** How many operations one run does. */
  readonly operations: number;
  /** Operations after which it is warm. Default: one run. */
  readonly warmUp?: number | undefined;
  run(round: number): Promise<Measurement>;
}

/** Turns that are taken one after the other, and what comes before them. */
export interface Group<Kind extends Turn> {
  readonly turns: readonly Kind[];
  before?(): Promise<void>;
}

export interface TurnsOptions {
  /** How often each is measured. */
  readonly rounds: number;
  /** How often it is run besides, with an eye on the event loop: that takes time of its own. Default 3. */
  readonly watched?: number;
}

/** Of a very small table there would be thousands. */
const mostWarmUps = 100;

/** Runs of so many operations each that it takes to have done that many, and at least `fewest`. */
export function runsToWarmUp(operations: number, each: number, fewest: number): number {
  return Math.min(Math.max(Math.ceil(operations / each), fewest), mostWarmUps);
}

/**
 * Measures every turn so many times. A first round warms everything up. Within a round all take turns, so that what
 * disturbs one disturbs the others as well.
 */
export async function takeTurns<Kind extends Turn>(
  groups: readonly Group<Kind>[],
  { rounds, watched = 3 }: TurnsOptions,
): Promise<Map<Kind, readonly Measurement[]>> {
  const measured = new Map<Kind, readonly Measurement[]>();
  /** Those that have an event loop. */
  const looped = new Set<Kind>();
  let round = 0;
  const takeRound = async (take: (turn: Kind) => Promise<void>) => {
    for (const { turns, before } of groups) {
      await before?.();
      for (const turn of turns) await take(turn);
    }
    round += 1;
  };
  const keep = async (turn: Kind) => {
    measured.set(turn, [...(measured.get(turn) ?? []), await turn.run(round)]);
  };

  await watchLoops(true);
  await takeRound(async (turn) => {
    const runs = runsToWarmUp(turn.warmUp ?? 0, turn.operations, 1);
    for (let count = 0; count < runs; count += 1) {
      const { stall } = await turn.run(round);
      if (stall !== undefined) looped.add(turn);
    }
  });
  await watchLoops(false);
  for (let count = 0; count < rounds; count += 1) await takeRound(keep);
  await watchLoops(true);
  for (let count = 0; count < watched; count += 1) {
    await takeRound(async (turn) => {
      if (looped.has(turn)) await keep(turn);
    });
  }
  return measured;
}

async function watchLoops(isWatched: boolean): Promise<void> {
  watchLoop(isWatched);
  await apart.watchLoop(isWatched);
}
