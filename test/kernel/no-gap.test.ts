import test, { type ExecutionContext } from 'ava';
import { apply, diff, type Ipvs, normalize, type Plan } from 'ipvs';
import { Companion } from './_companion.js';
import { makeNamespace, type Namespace } from './_namespace.js';

const virtual = '10.9.0.1';
const client = '10.9.0.3';
const service = { protocol: 'tcp', address: virtual, port: 80, scheduler: 'rr' } as const;

/** Servers of the first set, the second and so on, three each. */
const sets = 8;
const addressOf = (set: number, each: number) => `10.9.1.${(set % sets) * 3 + each + 1}`;

const stateOf = (set: number) =>
  normalize({
    version: 1,
    services: [
      {
        ...service,
        destinations: [0, 1, 2].map((each) => ({ address: addressOf(set, each), port: 8080 })),
      },
    ],
  });

interface Site extends Namespace {
  ask(command: string, number?: number): Promise<Record<string, number>>;
}

/** A service in front of servers, and clients of it, all of them on one loopback. */
async function makeSite(t: ExecutionContext): Promise<Site> {
  const namespace = await makeNamespace(t);
  const servers = Array.from({ length: sets * 3 }, (_, each) => `10.9.1.${each + 1}`);
  const bind = [virtual, client, ...servers].map(
    (address) => `ip address add ${address}/32 dev lo`,
  );
  await namespace.run('sh', '-ec', bind.join('\n'));
  const companion = Companion.startChild(t, namespace, 'clients', virtual, client);
  await companion.answer();
  return {
    ...namespace,
    async ask(command, number = 0) {
      return JSON.parse(await companion.ask([command, number]));
    },
  };
}

async function planFor(ipvs: Ipvs, set: number): Promise<Plan> {
  return diff(stateOf(set), await ipvs.snapshot());
}

test('no client is refused while all servers are replaced two hundred times', async (t) => {
  const { ipvs, ask } = await makeSite(t);
  await apply(ipvs, await planFor(ipvs, 0));
  await ask('begin', 4);
  for (let round = 1; round <= 200; round += 1) {
    const report = await apply(ipvs, await planFor(ipvs, round), { wait: false });
    t.true(report.ok);
    t.true(report.converged);
  }
  const { served = 0, ...failed } = await ask('end');
  t.log(`${served} connections`);
  t.deepEqual(failed, {});
  t.true(served > 200);
});

test('clients are refused where servers go before others come', async (t) => {
  const { ipvs, ask } = await makeSite(t);
  await apply(ipvs, await planFor(ipvs, 0));
  await ask('begin', 4);
  for (let round = 1; round <= 50; round += 1) {
    const plan = diff(stateOf(round), await ipvs.snapshot(), { drain: { mode: 'immediate' } });
    const removals = plan.operations.filter(({ op }) => op === 'del-dest');
    const others = plan.operations.filter(({ op }) => op !== 'del-dest');
    await apply(ipvs, { ...plan, operations: removals }, { stale: 'force', maxRounds: 1 });
    await apply(ipvs, { ...plan, operations: others }, { stale: 'force', maxRounds: 1 });
  }
  const { served, ...failed } = await ask('end');
  t.log(served, failed);
  t.true(Object.values(failed).reduce((sum, number) => sum + number, 0) > 0);
});

test('open connections to a server that drains come to their end', async (t) => {
  const { ipvs, ask } = await makeSite(t);
  await apply(ipvs, await planFor(ipvs, 0));
  await ask('hold', 6);
  const open = await ipvs.listDestinations(service);
  t.deepEqual(
    open.map(({ activeConnections }) => activeConnections),
    [2, 2, 2],
  );
  const plan = diff(stateOf(1), await ipvs.snapshot(), { drain: { until: 'no-active' } });
  const applying = apply(ipvs, plan);
  t.is(
    await Promise.race([applying, ask('begin', 1).then(() => 'still waiting')]),
    'still waiting',
  );
  const released = await ask('release');
  const report = await applying;
  t.true(report.ok);
  t.deepEqual(
    report.drains.map(({ outcome }) => outcome),
    ['drained', 'drained', 'drained'],
  );
  const { served = 0, ...failed } = await ask('end');
  t.deepEqual(failed, {});
  t.true(served > (released['served'] ?? 0));
  const left = await ipvs.listDestinations(service);
  t.deepEqual(
    left.map(({ address }) => address),
    [0, 1, 2].map((each) => addressOf(1, each)),
  );
});

test('a destination drains by one call, and its connections come to their end', async (t) => {
  const { ipvs, ask } = await makeSite(t);
  await apply(ipvs, await planFor(ipvs, 0));
  await ask('hold', 3);
  const destination = `${addressOf(0, 0)}:8080`;
  const draining = ipvs.drain(service, destination, {
    policy: { until: 'no-active' },
  });
  await ask('release');
  const result = await draining;
  t.is(result.outcome, 'drained');
  t.is(String(result.destination), destination);
  t.is((await ipvs.listDestinations(service)).length, 2);
  t.deepEqual(await ask('end'), { served: 3 });
});
