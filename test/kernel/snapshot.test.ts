import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { DestinationSpec, ServiceSpec, Snapshot } from 'ipvs';
import { fillUnevenly } from './_fill-unevenly.js';
import { makeNamespace } from './_namespace.js';

const services: readonly ServiceSpec[] = [
  { fwmark: 7, family: 'ipv6', scheduler: 'sh', schedulerFlags: ['sh-port'] },
  { fwmark: 7, persistence: true },
  { protocol: 'udp', address: '2001:db8::1', port: 80, onePacket: true },
  { protocol: 'tcp', address: '10.0.0.2', port: 80 },
  { protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'wrr' },
];

const destinations: readonly DestinationSpec[] = [
  { address: 'fd20::1', port: 80, forward: 'tunnel', tunnel: { type: 'gue', port: 6080 } },
  { address: '10.1.0.2', port: 80, forward: 'tunnel', weight: 3, upperThreshold: 9 },
  { address: '10.1.0.1', port: 80, forward: 'tunnel', weight: 0 },
];

test('a snapshot is what the lists say, in their order', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const tables = { settings: false, addresses: false } as const;
  t.deepEqual(await ipvs.snapshot(tables), { services: [], consistent: true });
  await fillUnevenly(ipvs, services, destinations);
  const snapshot = await ipvs.snapshot(tables);
  const listed = await ipvs.listServices();
  t.is(listed.length, services.length);
  t.deepEqual(snapshot, {
    services: await Promise.all(
      listed.map(async (service) => ({
        ...service,
        destinations: await ipvs.listDestinations(service),
      })),
    ),
    consistent: true,
  });
  t.deepEqual(
    snapshot.services.map((service) => service.destinations.length),
    [2, 3, 2, 3, 0],
  );
});

test('with a snapshot come the settings, the addresses and the devices', async (t) => {
  const { ipvs, run } = await makeNamespace(t);
  await run('ip', 'link', 'add', 'ipvs0', 'type', 'dummy');
  const snapshot = await ipvs.snapshot();
  t.deepEqual(snapshot.timeouts, await ipvs.timeouts());
  t.deepEqual(snapshot.sysctls, await ipvs.sysctls());
  t.deepEqual(snapshot.addresses, await ipvs.listAddresses());
  // Modules of tunnels bring devices of their own.
  t.like(snapshot.devices, {
    ipvs0: { name: 'ipvs0', kind: 'dummy' },
    lo: { name: 'lo', kind: '' },
  });
});

test('a snapshot of 1,000 services with 10 destinations each is whole', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await fill(ipvs, 1000, 10);
  const { services: seen, consistent } = await ipvs.snapshot();
  t.true(consistent);
  t.is(seen.length, 1000);
  t.deepEqual(missing({ services: seen, consistent }, 1000, 10), []);
});

test.serial(
  'while another process changes the table, nothing that stays is missing or torn',
  async (t) => {
    const { ipvs, name } = await makeNamespace(t);
    // Some lists of destinations are longer than one block of the kernel's answer.
    await fill(ipvs, 200, 5);
    await fill(ipvs, 1, 200);
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('children/_churn.js', import.meta.url)), name],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    t.teardown(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    let changed = 0;
    let consistent = 0;
    const faults: string[] = [];
    for (let round = 0; round < 15; round += 1) {
      const snapshot = await ipvs.snapshot();
      if (snapshot.services.length !== 200) changed += 1;
      const ids = snapshot.services.flatMap(({ id, destinations: own }) => [
        id,
        ...own.map((each) => `${id} -> ${each.id}`),
      ]);
      if (new Set(ids).size !== ids.length) faults.push('something is listed twice');
      if (!snapshot.consistent) continue;
      consistent += 1;
      faults.push(...missing(snapshot, 200, 5), ...missing(snapshot, 1, 200));
    }
    t.deepEqual(faults, []);
    t.log(`${consistent} of 15 were consistent`);
    t.true(changed > 0, 'the other process changed nothing');
    child.kill('SIGKILL');
    await once(child, 'close');
    const calm = await ipvs.snapshot();
    t.true(calm.consistent);
    t.deepEqual([...missing(calm, 200, 5), ...missing(calm, 1, 200)], []);
  },
);

test('a snapshot can be given up', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await fill(ipvs, 500, 4);
  const reason = new Error('enough');
  await t.throwsAsync(ipvs.snapshot({ signal: AbortSignal.abort(reason) }), { is: reason });
  const controller = new AbortController();
  const reading = ipvs.snapshot({ signal: controller.signal });
  controller.abort(reason);
  await t.throwsAsync(reading, { is: reason });
  t.is((await ipvs.snapshot()).services.length, 500);
});

function address(index: number): string {
  return `10.${50 + (index >> 8)}.${index & 255}.1`;
}

/** Adds the services from 0 to `count`, each with destinations from 0 to `each`; those that are there stay. */
async function fill(
  ipvs: Awaited<ReturnType<typeof makeNamespace>>['ipvs'],
  count: number,
  each: number,
): Promise<void> {
  const outcomes = Array.from({ length: count }, (_, index) => [
    ipvs.addService({ protocol: 'tcp', address: address(index), port: 80 }),
    ...Array.from({ length: each }, (_unused, place) =>
      ipvs.addDestination(`tcp/${address(index)}:80`, {
        address: `10.20.${place >> 8}.${place & 255}`,
        port: 80,
      }),
    ),
  ]).flat();
  for (const outcome of await Promise.allSettled(outcomes)) {
    if (outcome.status === 'rejected' && outcome.reason.code !== 'EEXIST') throw outcome.reason;
  }
}

/** Which of what `fill` added is not in the snapshot. */
function missing({ services: seen }: Snapshot, count: number, each: number): string[] {
  const byId = new Map(seen.map((service) => [String(service.id), service]));
  return Array.from({ length: count }, (_, index) => {
    const id = `tcp/${address(index)}:80`;
    const own = new Set(byId.get(id)?.destinations.map((destination) => String(destination.id)));
    return Array.from({ length: each }, (_unused, place) => `10.20.${place >> 8}.${place & 255}:80`)
      .filter((destination) => !own.has(destination))
      .map((destination) => `${id} -> ${destination}`);
  }).flat();
}
