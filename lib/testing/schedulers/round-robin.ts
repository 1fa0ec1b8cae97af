import type { RawDestination, RawService } from '../raw.js';
import { isUsable, type Schedule } from './scheduler.js';

/** How far a service's scheduler has come. */
interface Round {
  /** Where the round goes on behind; `undefined` for the beginning of the list. */
  last: RawDestination | undefined;
  /** The weight that the round of `wrr` wants at least; 0 before the first. */
  wanted: number;
}

const rounds = new WeakMap<RawService, Round>();

function roundOf(service: RawService): Round {
  let round = rounds.get(service);
  if (round === undefined) {
    round = { last: undefined, wanted: 0 };
    rounds.set(service, round);
  }
  return round;
}

/** A service gets another scheduler, which begins anew. */
export function restartRound(service: RawService): void {
  rounds.delete(service);
}

/** A destination is about to leave its service: the round goes on where it stood. */
export function leaveRound(service: RawService, destination: RawDestination): void {
  const round = rounds.get(service);
  if (round?.last !== destination) return;
  round.last = service.destinations[service.destinations.indexOf(destination) - 1];
}

/** The destinations of a service, or their weights, are others now: only `wrr` takes notice. */
export function changeRound(service: RawService): void {
  if (service.scheduler !== 'wrr') return;
  const round = roundOf(service);
  const { highest, step } = measure(service);
  round.last = undefined;
  if (round.wanted > highest || round.wanted === 0) round.wanted = highest;
  else if (step > 1) round.wanted = Math.trunc(round.wanted / step) * step + 1;
}

/** The destinations behind the last one, to the end of the list. */
function restOf(service: RawService, { last }: Round): readonly RawDestination[] {
  const { destinations } = service;
  return last === undefined ? destinations : destinations.slice(destinations.indexOf(last) + 1);
}

export const roundRobin: Schedule = (service) => {
  const round = roundOf(service);
  const next = restOf(service, round).find(isUsable) ?? service.destinations.find(isUsable);
  if (next !== undefined) round.last = next;
  return next;
};

/** Goes through the list again and again, and wants less weight each time until it begins with the highest again. */
export const weightedRoundRobin: Schedule = (service) => {
  const { highest, step } = measure(service);
  if (!service.destinations.some(isUsable)) return undefined;
  const round = roundOf(service);
  if (round.wanted === 0) round.wanted = highest;
  const fits = (each: RawDestination) => isUsable(each) && each.weight >= round.wanted;
  let next = restOf(service, round).find(fits);
  while (next === undefined) {
    round.wanted = round.wanted - step > 0 ? round.wanted - step : highest;
    next = service.destinations.find(fits);
  }
  round.last = next;
  return next;
};

/** The highest weight that a round can want, and by how much the next one wants less. */
function measure({ destinations }: RawService): { highest: number; step: number } {
  const weights = destinations.map(({ weight }) => weight).filter((weight) => weight > 0);
  const step = weights.reduce(commonDivisor, 0) || 1;
  const heaviest = weights.reduce((one, other) => Math.max(one, other), 0);
  return { highest: Math.max(0, heaviest - (step - 1)), step };
}

function commonDivisor(one: number, other: number): number {
  return other === 0 ? one : commonDivisor(other, one % other);
}
