import test from 'ava';
import { runKills, type Victim } from '../../bench/soak/kills.js';
import { makeNamespace } from './_namespace.js';
import { isSanitized, skip } from './_skip.js';

/** How often each is ended: `npm run soak` kills 200 times. */
const kills = Number(process.env['IPVS_TEST_KILLS'] ?? 6);
const seed = Number(process.env['IPVS_TEST_SEED'] ?? Date.now() % 1_000_000);

const isPutRight = test.macro({
  exec: async (t, victim: Victim, times: number) => {
    t.timeout(600_000);
    if (isSanitized && victim === 'process without memory') {
      skip(t, 'a sanitizer ends itself where it gets no memory', { everywhere: false });
      return;
    }
    t.log(`seed ${seed}`);
    const { name } = await makeNamespace(t);
    const { between, repaired, faults } = await runKills(name, { times, seed, victim });
    t.deepEqual(faults, []);
    t.log(`${between} of ${times} times between two documents, ${repaired} operations to repair`);
    // What is killed ends in the middle of something; without memory it goes on until it needs more.
    if (victim !== 'process without memory')
      t.true(between > times / 4, `${between} of ${times} times`);
  },
  title: (_, victim) =>
    `whatever a ${victim} leaves that is ended at a random point of apply, reconcile puts right, and touches nothing foreign`,
});

test.serial(isPutRight, 'process', kills);
test.serial(isPutRight, 'thread', kills);
// It lives for long on what it has.
test.serial(isPutRight, 'process without memory', Math.ceil(kills / 6));
