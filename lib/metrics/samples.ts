import type { MetricName } from './definitions.js';

/** What tells one series of a metric from another. */
export type Labels = Readonly<Record<string, string>>;

/** The value of a series. */
export interface Sample {
  readonly name: MetricName;
  readonly labels: Labels;
  readonly value: number;
}

/** The values of all series, by metric, with a limit to how many objects can bring. */
export class Samples {
  readonly #samples = new Map<MetricName, Sample[]>();
  #left: number;
  #omitted = 0;

  constructor(maxSeries: number) {
    this.#left = maxSeries;
  }

  /** Series that were left out. */
  get omitted(): number {
    return this.#omitted;
  }

  /** The values of a metric. */
  of(name: MetricName): readonly Sample[] {
    return this.#samples.get(name) ?? [];
  }

  /** Adds a value that does not count against the limit. */
  add(name: MetricName, value: number, labels: Labels = {}): void {
    this.#push({ name, labels, value });
  }

  /**
   * Adds the values of one object, `count` of them, all or none; after one that found no room, none comes in. What does
   * not come in is not made.
   */
  addObject(count: number, make: () => readonly Sample[]): void {
    if (this.#omitted > 0 || count > this.#left) {
      this.#omitted += count;
      return;
    }
    this.#left -= count;
    for (const sample of make()) this.#push(sample);
  }

  #push(sample: Sample): void {
    const known = this.#samples.get(sample.name);
    if (known === undefined) this.#samples.set(sample.name, [sample]);
    else known.push(sample);
  }
}
