import { deepStrictEqual } from 'node:assert/strict';
import { inspect } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { FakeKernel } from 'ipvs/testing';
import { anyOperation, type Operation } from '../contract/operations.js';
import { compare, settingsOf } from '../contract/side-by-side.js';
import { type Listed, orderOf, parseOrder } from './_kernel-order.js';
import { makeNamespace } from './_namespace.js';

// Others: scripts/lab --env IPVS_RANDOM_SEED=7 --env IPVS_RANDOM_RUNS=200 node ...
const seed = Number(process.env['IPVS_RANDOM_SEED'] ?? 20250101);
const runs = Number(process.env['IPVS_RANDOM_RUNS'] ?? 12);

const longest = 500;
const sequences = fc.noBias(
  fc.array(anyOperation, { minLength: 1, maxLength: longest, size: 'max' }),
);

test('whatever is asked of the fake kernel, it answers as the real one does, and holds the same', async (t) => {
  t.timeout(600_000);
  const counts = new Map<string, number>();
  const property = fc.asyncProperty(sequences, async (sequence) => {
    const codes = await runOnBoth(sequence);
    for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  });
  await fc.assert(property, { seed, numRuns: runs });
  const steps = [...counts.values()].reduce((sum, count) => sum + count, 0);
  t.log(`${steps} steps in ${runs} namespaces, seed ${seed}:`, Object.fromEntries(counts));
  const common = ['done', 'EEXIST', 'ESRCH', 'ENOENT', 'EINVAL', 'ENODEV', 'EADDRNOTAVAIL'];
  // A short run need not come by all of them.
  if (steps > 1000)
    t.deepEqual(
      common.filter((code) => !counts.has(code)),
      [],
    );
  t.true(steps > 0);
});

/** Runs a sequence in a new namespace and in a new fake kernel; throws where they differ. */
async function runOnBoth(sequence: readonly Operation[]): Promise<readonly string[]> {
  const ends: (() => unknown)[] = [];
  const { ipvs, run } = await makeNamespace({ teardown: (end) => ends.push(end) });
  try {
    const fake = new FakeKernel();
    const { difference, codes } = await compare(ipvs, fake, sequence);
    if (difference !== undefined) throw new Error(inspect(difference, { depth: 9 }));
    deepStrictEqual(await settingsOf(fake), await settingsOf(ipvs));
    // The order of services depends on where the kernel has its memory; that of destinations does not.
    const listed = parseOrder(await run('cat', '/proc/net/ip_vs'));
    deepStrictEqual(byService(orderOf(fake.raw())), byService(listed));
    return codes;
  } finally {
    for (const end of ends) await end();
  }
}

function byService(listed: readonly Listed[]): readonly string[] {
  return listed.map((each) => JSON.stringify(each)).sort();
}
