import type { RawDestination, RawService } from '../raw.js';
import { isUsable, type Schedule } from './scheduler.js';

/** Where a service's round goes on. */
interface Place {
  /** Which scheduler's place it is: another begins anew. */
  readonly scheduler: string;
  /** The destination of the last connection. */
  last: RawDestination | undefined;
  /** What weight is at least wanted in this round. */
  weight: number;
}

const places = new WeakMap<RawService, Place>();

function placeOf(service: RawService): Place {
  const { scheduler } = service;
  let place = places.get(service);
  if (place?.scheduler !== scheduler) {
    place = { scheduler, last: undefined, weight: 0 };
    places.set(service, place);
  }
  return place;
}

/** The destinations that come after the last one, to the end of the list. */
function restOf(service: RawService, { last }: Place): readonly RawDestination[] {
  const { destinations } = service;
  return last === undefined ? destinations : destinations.slice(destinations.indexOf(last) + 1);
}

export const roundRobin: Schedule = (service) => {
  const place = placeOf(service);
  const next = restOf(service, place).find(isUsable) ?? service.destinations.find(isUsable);
  if (next !== undefined) place.last = next;
  return next;
};

/** In each round those that have the weight that the round wants, which falls by the greatest common divisor. */
export const weightedRoundRobin: Schedule = (service) => {
  const weights = service.destinations.filter(isUsable).map(({ weight }) => weight);
  if (weights.length === 0) return undefined;
  const highest = Math.max(...weights);
  const step = weights.reduce(commonDivisor);
  const place = placeOf(service);
  const fits = (each: RawDestination) => isUsable(each) && each.weight >= place.weight;
  let next = place.weight > 0 ? restOf(service, place).find(fits) : undefined;
  while (next === undefined) {
    place.weight = place.weight - step > 0 ? Math.min(place.weight - step, highest) : highest;
    next = service.destinations.find(fits);
  }
  place.last = next;
  return next;
};

function commonDivisor(one: number, other: number): number {
  return other === 0 ? one : commonDivisor(other, one % other);
}
