import { setTimeout as wait } from 'node:timers/promises';
import type { Ipvs } from 'ipvs';
import { Random } from './random.js';
import {
  parts,
  randomDestination,
  randomDestinationIndex,
  randomIndex,
  randomService,
} from './tables.js';
import type { Tally } from './tally.js';

/** Refusals that mean no more than that something was there already, or not. */
const usual = new Set(['EEXIST', 'ESRCH', 'ENOENT', 'ENOTEMPTY']);

/** Adds, changes and removes services and destinations of both parts, a few at a time, until it is to end. */
export async function disturb(
  ipvs: Ipvs,
  seed: number,
  ending: AbortSignal,
  tally: Tally,
): Promise<void> {
  const random = new Random(seed);
  while (!ending.aborted) {
    const calls = Array.from({ length: 1 + random.below(12) }, () => change(ipvs, random));
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === 'fulfilled') tally.count('done');
      else if (usual.has(outcome.reason.code)) tally.count(outcome.reason.code);
      else throw outcome.reason;
    }
    await wait(random.below(20));
  }
}

/** One change by chance. */
function change(ipvs: Ipvs, random: Random): Promise<void> {
  const spec = randomService(random.pick(parts), randomIndex(random), random);
  const destination = randomDestination(randomDestinationIndex(random), random);
  switch (random.below(6)) {
    case 0:
      return ipvs.addService(spec);
    case 1:
      return ipvs.setService(spec);
    case 2:
      return ipvs.removeService(spec);
    case 3:
      return ipvs.addDestination(spec, destination);
    case 4:
      return ipvs.setDestination(spec, destination);
    default:
      return ipvs.removeDestination(spec, destination);
  }
}
