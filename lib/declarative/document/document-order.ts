import type { Issue } from '../../../types/issue.js';
import { isObject } from '../../model/fields.js';
import { pointerSteps } from '../../model/pointer.js';
import { type Steps, sortSteps } from './steps.js';

/**
 * Puts issues into the order in which what they are about stands in the document; an object comes before its fields,
 * and a field that is missing before those that are there.
 */
export function* sortByPlace(issues: readonly Issue[], document: unknown): Steps<Issue[]> {
  const places = new Places(document);
  const placed: { readonly issue: Issue; readonly place: Place }[] = [];
  for (const issue of issues) {
    placed.push({ issue, place: places.of(issue.path) });
    if (placed.length % stride === 0) yield;
  }
  const sorted = yield* sortSteps(placed, (first, second) =>
    comparePlaces(first.place, second.place),
  );
  return sorted.map(({ issue }) => issue);
}

/** Issues that make a step. */
const stride = 128;

/** Where something stands: an index for each step of its pointer, -1 for what is missing. */
type Place = readonly number[];

class Places {
  readonly #document: unknown;
  readonly #orders = new Map<object, ReadonlyMap<string, number>>();

  constructor(document: unknown) {
    this.#document = document;
  }

  of(path: string): Place {
    const place: number[] = [];
    let value = this.#document;
    for (const step of pointerSteps(path)) {
      const index = this.#indexIn(value, step);
      place.push(index);
      value = index < 0 ? undefined : (value as Record<string, unknown>)[step];
    }
    return place;
  }

  #indexIn(value: unknown, step: string): number {
    if (Array.isArray(value)) return Number(step);
    return isObject(value) ? (this.#orderOf(value).get(step) ?? -1) : -1;
  }

  #orderOf(value: object): ReadonlyMap<string, number> {
    let order = this.#orders.get(value);
    if (order === undefined) {
      order = new Map(Object.keys(value).map((name, index) => [name, index]));
      this.#orders.set(value, order);
    }
    return order;
  }
}

function comparePlaces(first: Place, second: Place): number {
  const shared = Math.min(first.length, second.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = (first[index] as number) - (second[index] as number);
    if (difference !== 0) return difference;
  }
  return first.length - second.length;
}
