// What grows with what: time and memory, with the size of a table.

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

/** What one boot measured, in milliseconds; or all of them, in multiples. */
export interface GrowthReport {
  readonly node: string;
  readonly rounds: number;
  readonly series: readonly Series[];
}

/** A way that takes longer than this is not measured on larger tables. */
const tooLong = 10_000;

/** Gathers figures of growing tables. */
export class Growth {
  readonly #kernel: string;
  readonly #series = new Map<string, { figure: Figure; points: Point[] }>();

  constructor(kernel: string) {
    this.#kernel = kernel;
  }

  add(size: number, figures: readonly Figure[]): void {
    for (const figure of figures) {
      const key = JSON.stringify([figure.work, figure.way, figure.quantity]);
      const series = this.#series.get(key) ?? { figure, points: [] };
      series.points.push({ size, value: figure.value });
      this.#series.set(key, series);
    }
  }

  /** The ways of a work that took too long. */
  slow(): string[] {
    const slow = [...this.#series.values()].filter(
      ({ figure, points }) =>
        figure.quantity === 'milliseconds' && points.some(({ value }) => value > tooLong),
    );
    return slow.map(({ figure }) => wayKey(figure));
  }

  /** All series, with times as multiples: those of two boots, or two machines, cannot be compared in any other way. */
  series(): Series[] {
    const series = [...this.#series.values()];
    return series.map(({ figure: { work, way, quantity }, points }) => {
      const limit = series.find(
        ({ figure }) => figure.work === work && figure.quantity === quantity,
      );
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
