import test from 'ava';
import fc from 'fast-check';
import { type CounterBits, count } from '#lib/model/counted.js';
import type { Counters } from '../../types/stats.js';

/** Connections, packets in and out, bytes in and out. */
type Numbers = readonly [bigint, bigint, bigint, bigint, bigint];

function counters([connections, packetsIn, packetsOut, bytesIn, bytesOut]: Numbers): Counters {
  return { connections, packetsIn, packetsOut, bytesIn, bytesOut };
}

const top = 2n ** 32n;

const counts = test.macro({
  exec(
    t,
    bits: CounterBits,
    before: Numbers | undefined,
    after: Numbers,
    expected: Numbers,
    reset: boolean,
  ) {
    const from = before && counters(before);
    const counted = count({}, { before: from, after: counters(after), bits, intervalMs: 4000 });
    const perSecond = expected.map((each) => Number(each) / 4);
    t.deepEqual(Object.values(counted.rates), perSecond);
    t.like(counted, { ...counters(expected), reset });
  },
  title: (name) => name ?? '',
});

test(
  'what grew',
  counts,
  64,
  [1n, 2n, 3n, 4n, 5n],
  [2n, 4n, 6n, 8n, 10n],
  [1n, 2n, 3n, 4n, 5n],
  false,
);
test(
  'what stood still',
  counts,
  64,
  [1n, 2n, 3n, 4n, 5n],
  [1n, 2n, 3n, 4n, 5n],
  [0n, 0n, 0n, 0n, 0n],
  false,
);
test(
  'what was not there counts from 0',
  counts,
  64,
  undefined,
  [1n, 2n, 3n, 4n, 5n],
  [1n, 2n, 3n, 4n, 5n],
  false,
);
test(
  'bytes pass 2^53 without being rounded',
  counts,
  64,
  [0n, 0n, 0n, 2n ** 60n, 0n],
  [0n, 0n, 0n, 2n ** 60n + 3n, 0n],
  [0n, 0n, 0n, 3n, 0n],
  false,
);
test(
  'what was zeroed counts from 0',
  counts,
  64,
  [9n, 90n, 80n, 900n, 800n],
  [0n, 0n, 0n, 0n, 0n],
  [0n, 0n, 0n, 0n, 0n],
  true,
);
test(
  'what was zeroed and has less than before',
  counts,
  64,
  [9n, 90n, 80n, 900n, 800n],
  [1n, 10n, 8n, 100n, 80n],
  [1n, 10n, 8n, 100n, 80n],
  true,
);
test(
  'one counter that became less shows that all were zeroed',
  counts,
  64,
  [9n, 90n, 0n, 900n, 0n],
  [10n, 91n, 0n, 899n, 0n],
  [10n, 91n, 0n, 899n, 0n],
  true,
);
test(
  'connections of 64 bits that became less were zeroed, however many they were',
  counts,
  64,
  [top - 1n, 0n, 0n, 10n, 0n],
  [1n, 0n, 0n, 20n, 0n],
  [1n, 0n, 0n, 20n, 0n],
  true,
);
test(
  'counters of 32 bits that pass their end are counted on',
  counts,
  32,
  [top - 1n, top - 10n, top - 20n, 1000n, 2000n],
  [1n, 5n, 30n, 5000n, 2000n],
  [2n, 15n, 50n, 4000n, 0n],
  false,
);
test(
  'one counter of 32 bits passes its end and the others go on',
  counts,
  32,
  [7n, top - 1n, 50n, 10n ** 12n, 2000n],
  [8n, 0n, 51n, 10n ** 12n + 40n, 2040n],
  [1n, 1n, 1n, 40n, 40n],
  false,
);
test(
  'counters of 32 bits were zeroed when bytes became less',
  counts,
  32,
  [top - 1n, top - 10n, top - 20n, 10n ** 12n, 10n ** 12n],
  [1n, 5n, 30n, 5000n, 2000n],
  [1n, 5n, 30n, 5000n, 2000n],
  true,
);
test(
  'counters of 32 bits were zeroed when they came from the lower half',
  counts,
  32,
  [100n, 1000n, 1000n, 40_000n, 40_000n],
  [10n, 100n, 100n, 140_000n, 140_000n],
  [10n, 100n, 100n, 140_000n, 140_000n],
  true,
);

test('what is counted adds up, whether counters are 32 or 64 bits wide', (t) => {
  const step = fc.tuple(
    ...([1n << 30n, 1n << 31n, 1n << 31n, 1n << 40n, 1n << 40n] as const).map((end) =>
      fc.bigInt(0n, end - 1n),
    ),
  );
  fc.assert(
    fc.property(
      step,
      fc.array(step, { maxLength: 20 }),
      fc.constantFrom(32, 64),
      (start, steps, bits) => {
        const seen = (numbers: readonly bigint[]) =>
          counters(
            numbers.map((each, index) =>
              bits === 32 && index < 3 ? BigInt.asUintN(32, each) : each,
            ) as unknown as Numbers,
          );
        let now: readonly bigint[] = start;
        for (const by of steps) {
          const next = now.map((each, index) => each + (by[index] as bigint));
          const counted = count(
            {},
            { before: seen(now), after: seen(next), bits: bits as CounterBits, intervalMs: 1000 },
          );
          t.like(counted, { ...counters(by as unknown as Numbers), reset: false });
          now = next;
        }
      },
    ),
  );
});
