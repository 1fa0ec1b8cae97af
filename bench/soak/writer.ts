// One of the processes that write to one table. Its parent tells it what to do.
import { setTimeout as wait } from 'node:timers/promises';
import { Ipvs, normalize, Reconciler } from 'ipvs';
import { disturb } from './disturb.js';
import type { Order, StepOutcome } from './roles.js';
import { takeSample } from './samples.js';
import { randomDocument, scopeOf } from './tables.js';
import { Tally } from './tally.js';

type Begin = Extract<Order, { order: 'begin' }>;

/** Something that goes on until it is to settle. */
type Work = (begin: Begin, ending: AbortSignal) => Promise<boolean>;

const patience = 60_000;

const ipvs = await Ipvs.open({ netns: process.argv[2] ?? '', timeout: 60_000 });
const tally = new Tally();
let faults: string[] = [];

function optionsOf({ part }: Begin) {
  return { scope: scopeOf(part), drain: { mode: 'immediate' }, allowEmpty: true } as const;
}

/** Reconciles over and over; in the end until nobody has been in the way. */
const callReconcile: Work = async (begin, ending) => {
  const desired = normalize(randomDocument(begin.part, begin.seed));
  const options = optionsOf(begin);
  for (;;) {
    const isLast = ending.aborted;
    const report = await ipvs.reconcile(desired, options);
    for (const { status, op } of report.results) {
      tally.count(status === 'ok' || status === 'noop' ? status : `${op} ${status}`);
    }
    for (const { code, severity } of report.diagnostics) {
      if (severity === 'error') tally.count(code);
    }
    if (isLast) return report.converged;
    await wait(1);
  }
};

/** The same by a loop that looks at the table by itself. */
const runReconciler: Work = async (begin, ending) => {
  const document = randomDocument(begin.part, begin.seed);
  const reconciler = new Reconciler(ipvs, {
    ...optionsOf(begin),
    resyncInterval: 50,
    minInterval: 20,
    debounce: 1,
  });
  reconciler.on('operation', ({ status, op }) => {
    tally.count(status === 'ok' || status === 'noop' ? status : `${op} ${status}`);
  });
  reconciler.on('flapping', () => tally.count('flapping'));
  reconciler.setDesired(document);
  reconciler.start();
  await new Promise((resolve) => ending.addEventListener('abort', resolve));
  // What was left alone because others kept changing it is tried again at once.
  const since = reconciler.status.cycles;
  reconciler.setDesired(document);
  const end = performance.now() + patience;
  const isSettled = () => reconciler.status.converged && reconciler.status.cycles > since + 1;
  while (!isSettled() && performance.now() < end) await wait(5);
  const settled = isSettled();
  await reconciler.stop();
  return settled;
};

const addAndRemove: Work = async ({ seed }, ending) => {
  await disturb(ipvs, seed, ending, tally);
  return true;
};

const works = { reconcile: callReconcile, reconciler: runReconciler, disturb: addAndRemove };

let ending = new AbortController();
let steps = 0;

process.on('message', (order: Order) => {
  if (order.order === 'settle') ending.abort();
  else void step(order);
});

/** Does a step and says how it went. */
async function step(begin: Begin): Promise<void> {
  ending = new AbortController();
  faults = [];
  steps += 1;
  process.send?.('begun');
  let converged = false;
  try {
    converged = await works[begin.role](begin, ending.signal);
  } catch (error) {
    faults.push(String(error));
  }
  const { outcomes } = tally;
  const outcome: StepOutcome = { converged, faults, outcomes, sample: await takeSample(steps) };
  process.send?.(outcome);
}

process.send?.('open');
