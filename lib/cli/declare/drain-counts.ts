import type { DrainResult } from '../../../types/apply.js';
import { shortNumber, sparkline } from '../units.js';

/** How many counts the picture has. */
const longest = 30;
/** Milliseconds within which counts belong together. */
const moment = 400;

/** The connections of everything that drains, as they go down. */
export class DrainCounts {
  readonly #results = new Map<string, DrainResult>();
  readonly #history: number[] = [];
  #countedAt = Number.NEGATIVE_INFINITY;

  /** Takes in how a drain stands; answers whether that is news. */
  take(result: DrainResult): boolean {
    const name = nameDrain(result);
    const last = this.#results.get(name);
    this.#results.set(name, result);
    this.#note(performance.now());
    return last === undefined || describeCounts(last) !== describeCounts(result);
  }

  /** What still drains, in a few words, with a picture of how that went. */
  get text(): string {
    const pending = this.#pending;
    const [only] = pending;
    const name =
      only !== undefined && pending.length === 1 ? nameDrain(only) : `${pending.length} drain`;
    return `${name}: ${describeCounts(this.#total)}  ${sparkline(this.#history)}`;
  }

  /** How many still drain. */
  get left(): number {
    return this.#pending.length;
  }

  get #pending(): DrainResult[] {
    return [...this.#results.values()].filter(({ outcome }) => outcome === 'pending');
  }

  get #total(): Pick<DrainResult, 'activeConnections' | 'inactiveConnections'> {
    let [activeConnections, inactiveConnections] = [0, 0];
    for (const result of this.#pending) {
      activeConnections += result.activeConnections;
      inactiveConnections += result.inactiveConnections;
    }
    return { activeConnections, inactiveConnections };
  }

  #note(now: number): void {
    const { activeConnections, inactiveConnections } = this.#total;
    if (now - this.#countedAt < moment) this.#history.pop();
    else this.#countedAt = now;
    this.#history.push(activeConnections + inactiveConnections);
    if (this.#history.length > longest) this.#history.shift();
  }
}

/** What drains: a destination, or a service as a whole. */
export function nameDrain({ service, destination }: DrainResult): string {
  return destination === undefined ? service : `${service} -> ${destination}`;
}

/** `12 active, 1.5k inactive connections` */
export function describeCounts({
  activeConnections,
  inactiveConnections,
}: Pick<DrainResult, 'activeConnections' | 'inactiveConnections'>): string {
  return `${shortNumber(activeConnections)} active, ${shortNumber(inactiveConnections)} inactive connections`;
}

/** How a drain stands or came out, in a sentence without its name. */
export function describeOutcome(result: DrainResult): string {
  switch (result.outcome) {
    case 'drained':
      return 'drained, and removed';
    case 'expired':
      return `time is up: removed with ${describeCounts(result)}`;
    case 'gone':
      return 'somebody else has removed it';
    case 'cancelled':
      return 'is wanted again, and takes new connections';
    default:
      return describeCounts(result);
  }
}
