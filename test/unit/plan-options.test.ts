import test from 'ava';
import {
  apply,
  type DiffOptions,
  type DrainStore,
  diff,
  type InvalidValueError,
  type OwnerRecord,
  type Plan,
  Reconciler,
  reconcile,
} from 'ipvs';
import { documentOf, keep } from './_reconcilers.js';
import { kernelWith, state, to, turning, web, webId, weights } from './_runs.js';

const invalid = { instanceOf: Error, code: 'ERR_IPVS_INVALID_VALUE' } as const;
const both = [{ ...web, destinations: to(1, 2) }] as const;

/** A store that somebody else has written to. */
const spoilt = {
  load: async () => [{ service: webId, destination: '10.2.0.1:80' }],
  save: async () => {},
} as unknown as DrainStore;

/** Options of `diff` that are wrong, and where. */
const wrong: readonly (readonly [object, string])[] = [
  [{ scope: 'declared' }, 'scope'],
  [{ scope: { mode: 'selected', include: [{ cidr: 7 }] } }, 'scope.include[0].cidr'],
  [{ drain: { mode: 'slow' } }, 'drain.mode'],
  [{ ignore: ['scheduler'] }, 'ignore[0]'],
  [{ allow: ['add-dests'] }, 'allow[0]'],
  [{ maxRemovals: -1 }, 'maxRemovals'],
  [{ allowEmpty: 'yes' }, 'allowEmpty'],
  [{ record: { version: 2, services: [], vips: [] } }, 'record.version'],
];

for (const [options, path] of [...wrong, [{ health: {} }, 'health'] as const]) {
  const shown = JSON.stringify(options);

  test(`a reconciler is not made with ${shown}`, async (t) => {
    const kernel = await kernelWith();
    const error = t.throws(() => new Reconciler(kernel, options), invalid);
    t.is((error as InvalidValueError).path, path);
  });

  test(`reconcile reads nothing with ${shown}`, async (t) => {
    const kernel = await kernelWith();
    const error = await t.throwsAsync(reconcile(kernel, state(both), options), invalid);
    t.is((error as InvalidValueError).path, path);
    t.deepEqual(kernel.calls, []);
  });
}

for (const [options, path] of wrong.filter(([options]) => !('scope' in options))) {
  test(`apply reads nothing with a plan of ${JSON.stringify(options)}`, async (t) => {
    const kernel = await kernelWith();
    const plan: Plan = {
      ...diff(state(both), await kernel.other.snapshot()),
      options: options as DiffOptions,
    };
    const error = await t.throwsAsync(apply(kernel, plan), invalid);
    t.is((error as InvalidValueError).path, `plan.options.${path}`);
    t.deepEqual(kernel.calls, []);
  });
}

test('drains from a store are checked before anything is planned with them', async (t) => {
  const kernel = await kernelWith(both);
  const options = { drainStore: spoilt, clock: kernel.clock };
  const error = await t.throwsAsync(reconcile(kernel, state(both), options), invalid);
  t.is((error as InvalidValueError).path, 'drains[0].weightBefore');
});

test('a reconciler goes on without the drains of a store that has been spoilt', async (t) => {
  const kernel = await kernelWith([{ ...web, scheduler: 'rr', destinations: to(1, 2) }]);
  const { reconciler, heard } = keep(t, kernel, { drainStore: spoilt });
  reconciler.setDesired(documentOf([{ ...web, scheduler: 'rr', destinations: to(2) }]));
  reconciler.start();
  await kernel.clock.advance(5000);
  t.deepEqual(await weights(kernel), ['10.2.0.2 1']);
  t.deepEqual(
    heard.error.map(([error]) => (error as InvalidValueError).path),
    ['drains[0].weightBefore'],
  );
});

/** A record that counts how often somebody looks whether it is one. */
class WatchedRecord implements OwnerRecord {
  readonly services = [];
  readonly vips = [];
  checks = 0;

  get version(): 1 {
    this.checks += 1;
    return 1;
  }
}

test('a reconciler looks at its options once, however many cycles it has', async (t) => {
  const kernel = await kernelWith();
  const record = new WatchedRecord();
  const { reconciler, heard } = keep(t, kernel, { record });
  reconciler.setDesired(documentOf(both));
  reconciler.start();
  await kernel.clock.advance(90_000);
  t.true(heard.cycle.length > 1);
  t.is(record.checks, 1);
});

test('reconcile looks at its options once, however many rounds it takes', async (t) => {
  const kernel = await kernelWith();
  const record = new WatchedRecord();
  const options = { record, clock: kernel.clock };
  const report = await turning(kernel, reconcile(kernel, state(both), options));
  t.true(report.converged);
  t.is(record.checks, 1);
  t.deepEqual(report.record.services as readonly string[], [webId]);
});
