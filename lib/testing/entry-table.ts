import type { Entry } from './entries.js';
import type { RawDestination } from './raw.js';

/** Milliseconds that a template goes on after its time while it has connections. */
const extension = 60_000;

/** Every entry of the kernel's connection table, with the counts that destinations keep of theirs. */
export class EntryTable {
  readonly #entries = new Map<string, Entry>();

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  get all(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** Takes in an entry; its destination is overloaded as soon as it has as many connections as it may. */
  add(entry: Entry): void {
    this.#entries.set(entry.key, entry);
    if (entry.control !== undefined) addControl(entry.control, 1);
    count(entry, 1);
    const { upperThreshold } = entry.destination;
    if (upperThreshold !== 0 && connectionsOf(entry.destination) >= upperThreshold) {
      entry.destination.overloaded = true;
    }
  }

  /** Forgets an entry. */
  remove(entry: Entry): void {
    if (entry.state === 'gone') return;
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    count(entry, -1);
    entry.state = 'gone';
    if (entry.control !== undefined) addControl(entry.control, -1);
    endOverload(entry.destination);
  }

  /** Moves a connection between the active and the inactive ones. */
  setActive(entry: Entry, active: boolean): void {
    if (entry.active === active) return;
    count(entry, -1);
    entry.active = active;
    count(entry, 1);
  }

  /** Gives a template a key that no connection has. */
  invalidate(template: Entry): void {
    if (this.#entries.get(template.key) !== template) return;
    this.#entries.delete(template.key);
    let number = 1;
    while (this.#entries.has(`${template.key} invalidated ${number}`)) number += 1;
    const key = `${template.key} invalidated ${number}`;
    this.#entries.set(key, Object.assign(template, { key }));
  }

  /** Forgets what has had no packet for too long; a template that still has connections goes on for a minute. */
  expire(now: number): void {
    for (let due = this.#due(now); due.length > 0; due = this.#due(now)) {
      for (const entry of due) {
        if (entry.controlled === 0) this.remove(entry);
        else {
          entry.timeout = extension;
          entry.expiresAt += extension;
        }
      }
    }
  }

  #due(now: number): Entry[] {
    const due: Entry[] = [];
    for (const entry of this.#entries.values()) if (entry.expiresAt <= now) due.push(entry);
    return due.sort((one, other) => one.expiresAt - other.expiresAt);
  }
}

function addControl(template: Entry, by: number): void {
  template.controlled += by;
}

function count({ destination, template, active }: Entry, by: number): void {
  if (template) destination.persistentConnections += by;
  else if (active) destination.activeConnections += by;
  else destination.inactiveConnections += by;
}

/** Templates do not count. */
function connectionsOf({ activeConnections, inactiveConnections }: RawDestination): number {
  return activeConnections + inactiveConnections;
}

/** Below the lower threshold, or three quarters of the upper one, a destination can take connections again. */
function endOverload(destination: RawDestination): void {
  const { upperThreshold, lowerThreshold } = destination;
  const connections = connectionsOf(destination);
  const isBelow =
    lowerThreshold !== 0
      ? connections < lowerThreshold
      : upperThreshold === 0 || connections * 4 < upperThreshold * 3;
  if (isBelow) destination.overloaded = false;
}
