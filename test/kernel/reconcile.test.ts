import { once } from 'node:events';
import test from 'ava';
import fc from 'fast-check';
import {
  apply,
  type Backend,
  type Document,
  diff,
  exportDocument,
  type Ipvs,
  normalize,
  type OperationResult,
  PlanError,
  planFromJSON,
  Reconciler,
  readState,
  reconcile,
  stringifyPlan,
} from 'ipvs';
import { someServices } from '../unit/_state-arbitraries.js';
import { eventually } from './_eventually.js';
import { makeNamespace } from './_namespace.js';

const exclusive = { scope: { mode: 'exclusive' }, allowEmpty: true } as const;

const stateOf = (document: Omit<Document, 'version'>) => normalize({ version: 1, ...document });

const isEmpty = (list: readonly unknown[]) => list.length === 0;

async function left(ipvs: Ipvs, document: Omit<Document, 'version'>): Promise<string[]> {
  const desired = stateOf(document);
  const { operations } = diff(desired, await readState(ipvs, { desired }), exclusive);
  return operations.map(({ op, service, destination }) => `${op} ${service} ${destination ?? ''}`);
}

test('random states follow each other without an error, and each is reached', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const seed = Number(process.env['IPVS_TEST_SEED'] ?? 1);
  const states = fc.sample(someServices, { numRuns: 60, seed });
  for (const services of states) {
    const report = await reconcile(ipvs, stateOf({ services }), exclusive);
    t.deepEqual(
      report.results.filter(({ status }) => status !== 'ok' && status !== 'noop'),
      [],
    );
    t.true(report.converged);
    t.deepEqual(await left(ipvs, { services }), []);
  }
});

/** The same backend, as a program of its own might have it: its calls are made one by one. */
function oneByOne(ipvs: Ipvs): Backend {
  return new Proxy(ipvs, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('what travels in batches comes to the same as calls one by one, whatever others have done since the plan', async (t) => {
  const [first, second] = [await makeNamespace(t), await makeNamespace(t)];
  const backends = [first.ipvs, oneByOne(second.ipvs)];
  const seed = Number(process.env['IPVS_TEST_SEED'] ?? 3);
  const states = fc.sample(fc.tuple(someServices, someServices, someServices), {
    numRuns: 40,
    seed,
  });
  const reasons = new Map<string, number>();
  for (const [before, meanwhile, after] of states) {
    const outcomes = await Promise.all(
      backends.map(async (backend) => {
        await reconcile(backend, stateOf({ services: before }), exclusive);
        const desired = stateOf({ services: after });
        const plan = diff(desired, await readState(backend, { desired }), exclusive);
        await reconcile(backend, stateOf({ services: meanwhile }), exclusive);
        const told: string[] = [];
        const onOperation = ({ id }: OperationResult) => told.push(id);
        const report = await apply(backend, plan, { stale: 'force', onOperation });
        const results = report.results.map(({ durationMs: _, ...result }) => result);
        const { services } = await backend.snapshot();
        return { results, told: told.sort(), converged: report.converged, services };
      }),
    );
    t.deepEqual(outcomes[0], outcomes[1]);
    for (const { status, drift, skipReason } of outcomes[0]?.results ?? []) {
      const reason = skipReason ?? (drift === true ? `${status} after drift` : status);
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
  t.log(Object.fromEntries(reasons));
  // Refusals of all kinds were among them.
  for (const reason of ['ok', 'noop', 'ok after drift']) t.true((reasons.get(reason) ?? 0) > 10);
});

test('what is thrown where operations are told of ends a run when what was sent is answered', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const destinations = Array.from({ length: 20 }, (_, index) => ({
    address: `10.1.0.${index + 1}`,
  }));
  const service = { protocol: 'tcp', address: '10.0.0.1', port: 80, destinations } as const;
  const desired = stateOf({ services: [service] });
  const plan = diff(desired, await readState(ipvs, { desired }), exclusive);
  let told = 0;
  const onOperation = () => {
    told += 1;
    throw new Error(`told ${told}`);
  };
  await t.throwsAsync(apply(ipvs, plan, { onOperation }), { message: 'told 1' });
  const first = plan.operations.filter(({ phase }) => phase === plan.operations[0]?.phase);
  t.is(told, first.length);
  t.is((await ipvs.listServices()).length, 1);
});

test('two handles that reconcile the same document at once come to the same', async (t) => {
  const { ipvs, open } = await makeNamespace(t);
  const other = await open();
  const states = fc.sample(someServices, { numRuns: 20, seed: 2 });
  for (const services of states) {
    const reports = await Promise.all(
      [ipvs, other].map((each) => reconcile(each, stateOf({ services }), exclusive)),
    );
    for (const report of reports) t.true(report.ok);
    t.deepEqual(await left(ipvs, { services }), []);
  }
});

test('addresses, timeouts and sysctls become what they should be', async (t) => {
  const { ipvs, run } = await makeNamespace(t);
  const document = {
    services: [
      { protocol: 'tcp', address: '10.9.0.1', port: 80 },
      { protocol: 'tcp', address: 'fd09::1', port: 80 },
    ],
    vips: { device: 'ipvs0' },
    timeouts: { tcp: 800 },
    sysctls: { expire_nodest_conn: 1, sync_threshold: '3 60' },
  } as const;
  const report = await reconcile(ipvs, stateOf(document), exclusive);
  t.true(report.ok);
  t.deepEqual(await left(ipvs, document), []);
  t.is((await ipvs.timeouts()).tcp, 800);
  t.is((await ipvs.sysctls())['expire_nodest_conn'], 1);
  const addresses = (await ipvs.listAddresses('ipvs0')).map(({ address }) => address);
  t.deepEqual(addresses.sort(), ['10.9.0.1', 'fd09::1']);
  t.deepEqual(report.record.vips, ['10.9.0.1/32 on ipvs0', 'fd09::1/128 on ipvs0']);

  await run('ip', 'address', 'add', '10.9.0.77/24', 'dev', 'ipvs0');
  const fewer = { ...document, services: document.services.slice(0, 1) };
  await reconcile(ipvs, stateOf(fewer), exclusive);
  const bound = await ipvs.listAddresses('ipvs0');
  t.deepEqual(
    bound.map(({ address }) => address),
    ['10.9.0.1'],
  );
});

test('a service without a scheduler is made where it is asked for', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const services = [{ protocol: 'tcp', address: '10.9.0.1', port: 80, scheduler: 'none' }] as const;
  const desired = normalize({ version: 1, services }, { allowNoScheduler: true });
  t.true((await reconcile(ipvs, desired, exclusive)).converged);
  t.is((await ipvs.getService('tcp/10.9.0.1:80'))?.scheduler, 'none');
  await ipvs.updateService('tcp/10.9.0.1:80', { scheduler: 'rr' });
  await ipvs.updateService('tcp/10.9.0.1:80', { scheduler: 'none' });
  t.deepEqual(diff(desired, await readState(ipvs, { desired }), exclusive).operations, []);
});

test('a device of another kind is no place for addresses', async (t) => {
  const { ipvs, run } = await makeNamespace(t);
  await run('ip', 'link', 'add', 'ipvs0', 'type', 'bridge');
  const desired = stateOf({
    services: [{ protocol: 'tcp', address: '10.9.0.1', port: 80 }],
    vips: { device: 'ipvs0' },
  });
  const error = await t.throwsAsync(reconcile(ipvs, desired), { instanceOf: PlanError });
  t.is(error.code, 'E_DEVICE_KIND');
  t.deepEqual(await ipvs.listServices(), []);
});

test('what is exported of whatever is there asks for no change', async (t) => {
  const { ipvs, ipvsadm } = await makeNamespace(t);
  await ipvsadm('-A', '-t', '10.9.0.1:80', '-s', 'sh', '-b', 'sh-fallback,sh-port', '-p', '77');
  await ipvsadm('-a', '-t', '10.9.0.1:80', '-r', '10.1.0.5', '-i', '-w', '3', '-x', '9', '-y', '4');
  await ipvsadm('-A', '-u', '10.9.0.1:53', '-o');
  await ipvsadm('-A', '-f', '7', '-6', '-s', 'mh');
  await ipvsadm('-a', '-f', '7', '-6', '-r', '[fd02::1]:80', '-m');
  const snapshot = await ipvs.snapshot();
  const plan = diff(normalize(exportDocument(snapshot)), snapshot, exclusive);
  t.is(plan.summary.services.unchanged, 3);
  t.deepEqual(plan.operations, []);
});

test('a plan can be kept as text and carried out later, unless something has changed', async (t) => {
  const { ipvs, ipvsadm } = await makeNamespace(t);
  const services = [{ protocol: 'tcp', address: '10.9.0.1', port: 80 } as const];
  const text = stringifyPlan(diff(stateOf({ services }), await ipvs.snapshot()));
  await ipvsadm('-A', '-t', '10.9.0.1:80');
  await t.throwsAsync(ipvs.apply(planFromJSON(text)), { code: 'E_STALE_PLAN' });
  await ipvsadm('-D', '-t', '10.9.0.1:80');
  const report = await ipvs.apply(planFromJSON(text));
  t.true(report.converged);
  t.deepEqual(await left(ipvs, { services }), []);
});

test('what another program changes is changed back', async (t) => {
  const { ipvs, ipvsadm } = await makeNamespace(t);
  const destinations = [{ address: '10.1.0.5', weight: 3 }, { address: '10.1.0.6' }];
  const services = [{ protocol: 'tcp', address: '10.9.0.1', port: 80, destinations } as const];
  const reconciler = new Reconciler(ipvs, {
    ...exclusive,
    drain: { mode: 'immediate' },
    resyncInterval: 200,
    minInterval: 50,
  });
  t.teardown(() => reconciler.stop());
  reconciler.setDesired({ version: 1, services });
  const converged = once(reconciler, 'converged');
  reconciler.start();
  await converged;
  t.deepEqual(await left(ipvs, { services }), []);

  const drift = once(reconciler, 'drift');
  await ipvsadm('-e', '-t', '10.9.0.1:80', '-r', '10.1.0.5:80', '-m', '-w', '9');
  await drift;
  t.deepEqual(await eventually(() => left(ipvs, { services }), isEmpty), []);
  await ipvsadm('-D', '-t', '10.9.0.1:80');
  await ipvsadm('-A', '-t', '10.9.0.9:80');
  t.deepEqual(await eventually(() => left(ipvs, { services }), isEmpty), []);
  await reconciler.stop();
  t.is(reconciler.status.state, 'stopped');
});
