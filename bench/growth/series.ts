// What grows with what: time and memory, with the size of a table.
import { median } from '../measure.js';

/** One way of a work, at one size. */
export interface Figure {
  readonly work: string;
  readonly way: string;
  readonly quantity: 'milliseconds' | 'bytes';
  readonly value: number;
}

export interface Point {
  readonly size: number;
  readonly value: number;
}

/** One way of a work, over all sizes at which it did not take too long. */
export interface Series {
  readonly kernel: string;
  readonly work: string;
  readonly way: string;
  /** Times are multiples of what the first way of the work, the limit, takes at the first size. */
  readonly quantity: 'time' | 'bytes';
  readonly points: readonly Point[];
}

/** What one boot measured, or all of them. */
export interface GrowthReport {
  readonly node: string;
  readonly rounds: number;
  readonly series: readonly Series[];
}

/** A way that takes longer than this is not measured on larger tables. */
const tooLong = 10_000;

/** One way of a work, and what it came to at each size, round by round. */
interface Gathered {
  readonly figure: Figure;
  readonly values: Map<number, number[]>;
}

/** Gathers figures of growing tables. */
export class Growth {
  readonly #kernel: string;
  readonly #gathered = new Map<string, Gathered>();

  constructor(kernel: string) {
    this.#kernel = kernel;
  }

  add(size: number, figures: readonly Figure[]): void {
    for (const figure of figures) {
      const key = JSON.stringify([figure.work, figure.way, figure.quantity]);
      const gathered = this.#gathered.get(key) ?? { figure, values: new Map() };
      gathered.values.set(size, [...(gathered.values.get(size) ?? []), figure.value]);
      this.#gathered.set(key, gathered);
    }
  }

  /** The ways that took too long on a smaller table. */
  slow(size: number): string[] {
    const slow = [...this.#gathered.values()].filter(
      ({ figure, values }) =>
        figure.quantity === 'milliseconds' &&
        [...values].some(([smaller, times]) => smaller < size && median(times) > tooLong),
    );
    return slow.map(({ figure }) => wayKey(figure));
  }

  /** All series, of medians. Times are multiples: those of two boots, or machines, cannot be compared in any other way. */
  series(): Series[] {
    const all = [...this.#gathered.values()].map(({ figure, values }) => ({
      figure,
      points: [...values].map(([size, each]) => ({ size, value: median(each) })),
    }));
    return all.map(({ figure: { work, way, quantity }, points }) => {
      const limit = all.find(({ figure }) => figure.work === work && figure.quantity === quantity);
      const unit = quantity === 'bytes' ? 1 : (limit?.points[0]?.value ?? 1);
      return {
        kernel: this.#kernel,
        work,
        way,
        quantity: quantity === 'bytes' ? quantity : 'time',
        points: points.map(({ size, value }) => ({ size, value: rounded(value / unit) })),
      };
    });
  }
}

/** What names a way of a work to a child that is to leave it out. */
export function wayKey({ work, way }: Pick<Figure, 'work' | 'way'>): string {
  return `${work}: ${way}`;
}

/** Four digits, of which no more is known. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
