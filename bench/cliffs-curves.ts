// What gets dearer for the kernel the more there is of something, whoever asks for it: by the C program of limit/limit.c.

/** One measurement: how much there is of it, and what the C program is told to do. */
export interface Point {
  readonly amount: number;
  readonly words: readonly (string | number)[];
  /** Operations that are measured. */
  readonly operations: number;
}

/** The same work with more and more of it. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

/** Figures that belong together; all are multiples of the first of the first series. */
export interface Curve {
  readonly name: string;
  /** What there is more and more of. */
  readonly amount: string;
  readonly series: readonly Series[];
}

const operations = 200;
const schedulers = ['rr', 'wrr', 'wlc', 'lblc', 'sh', 'mh'] as const;
const ten = 10;
/** Destinations that the table of `mh` has room for. */
const tableOf: { readonly [scheduler: string]: number } = { mh: 4093 };

const trashed = [1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];
const sizes = [10, 100, 1000, 4000, 10_000];
const tables = [1000, 5000, 10_000, 20_000];

const trash: Curve = {
  name: 'one addition',
  amount: 'destinations in the trash',
  series: [
    series('of a new destination', [0, ...trashed], (amount) => [
      'trash',
      amount,
      operations,
      'new',
    ]),
    series('of what was removed first', trashed, (amount) => [
      'trash',
      amount,
      operations,
      'first',
    ]),
    series('of what was removed last', trashed, (amount) => ['trash', amount, operations, 'last']),
  ],
};

const again: Curve = {
  name: 'making a whole table, per object',
  amount: 'destinations in it, ten to a service',
  series: [table('where nothing was', 'create'), table('where it has just been flushed', 'again')],
};

/** The curves, each of which begins with what it is measured by. */
export const curves: readonly Curve[] = [
  trash,
  again,
  ofService('one change of a weight', 'change-one'),
  ofService('one addition or removal', 'replace-one'),
];

function ofService(name: string, work: string): Curve {
  return {
    name,
    amount: 'destinations of the service',
    series: schedulers.map((scheduler) =>
      series(
        scheduler,
        sizes.filter((size) => size <= (tableOf[scheduler] ?? size)),
        (amount) => [work, amount, operations, scheduler],
      ),
    ),
  };
}

function series(
  name: string,
  amounts: readonly number[],
  words: (amount: number) => Point['words'],
): Series {
  const points = amounts.map((amount) => ({ amount, words: words(amount), operations }));
  return { name, points };
}

function table(name: string, work: string): Series {
  const points = tables.map((amount) => ({
    amount,
    words: [work, amount / ten, ten],
    operations: amount + amount / ten,
  }));
  return { name, points };
}
