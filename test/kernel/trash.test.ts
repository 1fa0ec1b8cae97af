import { once } from 'node:events';
import test from 'ava';
import { type ApplyReport, diff, type Ipvs, type Plan, Reconciler, reconcile } from 'ipvs';
import { many } from '../unit/_many.js';
import { documentOf } from '../unit/_reconcilers.js';
import { type Services, state } from '../unit/_runs.js';
import { makeNamespace } from './_namespace.js';

// What a kernel with thousands of removed destinations in its trash is asked to do, and does. How long that takes is no
// business of a test: docs/performance.md has it.

const immediate = {
  scope: { mode: 'exclusive' },
  allowEmpty: true,
  drain: { mode: 'immediate' },
} as const;

const bring = (ipvs: Ipvs, services: Services): Promise<ApplyReport> =>
  reconcile(ipvs, state(services), immediate);

const trash = ({ diagnostics }: Pick<Plan, 'diagnostics'>) =>
  diagnostics.filter(({ code }) => code === 'W_TRASH').map(({ message }) => message);

async function left(ipvs: Ipvs, services: Services): Promise<readonly unknown[]> {
  return diff(state(services), await ipvs.snapshot(), immediate).operations;
}

/** Destinations as ipvsadm lists them. */
function counted(listing: string): number {
  return [...listing.matchAll(/^ {2}-> 10\./gm)].length;
}

const laden = many(5100);

test('a plan that fills the trash says so, and the table is as it should be', async (t) => {
  const { ipvs, ipvsadm } = await makeNamespace(t);
  const filled = await bring(ipvs, laden);
  t.deepEqual(trash(filled.plan), []);
  t.is(counted(await ipvsadm('-L', '-n')), 5100);

  const removal = await bring(ipvs, many(100));
  t.regex(trash(removal.plan).join(), /^the kernel remembers 5000 destinations/);
  t.true(removal.converged);
  t.is(removal.results.length, 50);
  t.deepEqual(await left(ipvs, many(100)), []);

  // Half of them come back out of the trash, and others are new.
  const news = [...many(2600), ...many(500, 10_000)];
  const addition = await bring(ipvs, news);
  t.true(addition.converged);
  t.is(addition.rounds, 1);
  t.deepEqual(
    addition.results.filter(({ status }) => status !== 'ok'),
    [],
  );
  t.is(addition.plan.summary.destinations.add, 3000);
  t.deepEqual(await left(ipvs, news), []);
  t.is(counted(await ipvsadm('-L', '-n')), 3100);
});

test('destinations that go one by one', async (t) => {
  const { ipvs, ipvsadm } = await makeNamespace(t);
  await bring(ipvs, laden);
  const [first] = laden;
  const emptied = laden.map((service) =>
    service === first ? first : { ...service, destinations: [] },
  );
  const removal = await bring(ipvs, emptied);
  t.regex(trash(removal.plan).join(), /^the kernel remembers 5000 destinations/);
  t.is(removal.results.length, 5000);
  t.deepEqual(await left(ipvs, emptied), []);
  t.is(counted(await ipvsadm('-L', '-n')), 100);
  const back = await bring(ipvs, laden);
  t.is(back.results.length, 5000);
  t.true(back.converged);
  t.is(counted(await ipvsadm('-L', '-n')), 5100);
});

test('a loop that adds many after it has removed many says so', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await bring(ipvs, laden);
  const reconciler = new Reconciler(ipvs, { ...immediate, minInterval: 0, debounce: 0 });
  t.teardown(() => reconciler.stop());
  const plans: Plan[] = [];
  reconciler.on('plan', (plan) => plans.push(plan));
  reconciler.on('error', (error) => t.fail(String(error)));
  for (const services of [many(100), many(1100)]) {
    const converged = once(reconciler, 'converged');
    reconciler.setDesired(documentOf(services));
    reconciler.start();
    await converged;
    t.deepEqual(await left(ipvs, services), []);
  }
  const [removal, addition] = plans;
  t.regex(trash(removal as Plan).join(), /^the kernel remembers 5000 destinations/);
  t.regex(trash(addition as Plan).join(), /^1000 destinations are added while .* 5000 /);
});

test('what was flushed can be made again', async (t) => {
  const { ipvs, ipvsadm } = await makeNamespace(t);
  await bring(ipvs, laden);
  await ipvs.flush();
  t.is(counted(await ipvsadm('-L', '-n')), 0);
  const again = await bring(ipvs, laden);
  t.is(again.results.length, 5151);
  t.true(again.converged);
  t.deepEqual(await left(ipvs, laden), []);
});
