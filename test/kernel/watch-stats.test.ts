import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import type { CountedService, Ipvs, StatsDifference, WatchStatsOptions } from 'ipvs';
import { makeEcho } from './_echo.js';
import { makeNamespace } from './_namespace.js';

/** Takes differences until one holds; all of them, that one last. */
async function differencesUntil(
  t: ExecutionContext,
  watch: AsyncIterator<StatsDifference, void>,
  holds: (difference: StatsDifference) => boolean,
): Promise<StatsDifference[]> {
  const taken: StatsDifference[] = [];
  for (let index = 0; index < 15; index += 1) {
    const { value } = await watch.next();
    if (value === undefined) break;
    // What comes after a late one is less than an interval apart; and a timer can be early by a little.
    t.true(value.intervalMs > 490, String(value.intervalMs));
    taken.push(value);
    if (holds(value)) break;
  }
  return taken;
}

const connections = (all: readonly { readonly connections: bigint }[]) =>
  all.reduce((sum, each) => sum + each.connections, 0n);

const find = ({ services }: StatsDifference, id: string): CountedService | undefined =>
  services.find((each) => each.id === id);

async function watchFrom(ipvs: Ipvs, options?: WatchStatsOptions) {
  const watch = ipvs.watchStats(1000, options);
  // The first difference is asked for, so that the first read has been made when the next call is answered.
  const first = watch.next();
  await ipvs.info();
  return { watch, first };
}

test('what is counted adds up, and follows zeroing, services and destinations', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  const { connect, service, destination } = await makeEcho(namespace);
  const { watch, first } = await watchFrom(ipvs);
  await connect(5);

  const taken = [(await first).value as StatsDifference];
  const services = () => taken.flatMap((each) => find(each, service) ?? []);
  const sums = () => [
    connections(taken.map(({ totals }) => totals)),
    connections(services()),
    connections(services().flatMap(({ destinations }) => destinations ?? [])),
  ];
  // The kernel counts for each of the three in another moment.
  await differencesUntil(t, watch, (each) => {
    taken.push(each);
    return sums().every((sum) => sum >= 5n);
  });
  t.deepEqual(sums(), [5n, 5n, 5n]);
  for (const { intervalMs, totals } of taken) {
    const perSecond = (Number(totals.bytesIn) * 1000) / intervalMs;
    t.true(Math.abs(totals.rates.bytesIn - perSecond) < 0.001);
    t.false(totals.reset);
  }
  t.false(services().some(({ appeared, reset }) => appeared || reset));

  await ipvs.zero();
  const [zeroed] = await differencesUntil(t, watch, () => true);
  t.true(zeroed?.totals.reset);
  const zeroedService = zeroed && find(zeroed, service);
  t.true(zeroedService?.reset);
  t.is(zeroedService?.connections, 0n);
  t.true(zeroedService?.destinations?.[0]?.reset);

  await ipvs.addService({ fwmark: 5 });
  const [appeared] = await differencesUntil(t, watch, () => true);
  t.like(appeared && find(appeared, 'fwmark/5/ipv4'), {
    appeared: true,
    connections: 0n,
    removed: [],
  });

  await ipvs.removeService({ fwmark: 5 });
  await connect(2);
  const counted = await differencesUntil(
    t,
    watch,
    (each) => find(each, service)?.destinations?.[0]?.connections === 2n,
  );
  t.deepEqual(counted[0]?.removed as readonly string[], ['fwmark/5/ipv4']);

  // Its connections keep a destination in the kernel's mind, with its counters.
  await ipvs.removeDestination(service, destination);
  const [without] = await differencesUntil(t, watch, () => true);
  const bare = without && find(without, service);
  t.deepEqual(bare?.destinations, []);
  t.deepEqual(bare?.removed as readonly string[], [destination]);
  await ipvs.addDestination(service, { address: '10.9.0.2', port: 8080 });
  const [back] = await differencesUntil(t, watch, () => true);
  const [again] = (back && find(back, service))?.destinations ?? [];
  t.like(again, { id: destination, appeared: true, reset: false, connections: 0n });
  t.is(again?.destination.stats.connections, 2n);
  await watch.return();
});

test('a service that is removed and made again counts from 0', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  const { connect, service } = await makeEcho(namespace);
  await connect(4);
  const watch = ipvs.watchStats(1000);
  await differencesUntil(t, watch, (each) => find(each, service)?.service.stats.connections === 4n);
  const [before] = await ipvs.listServices();
  await ipvs.removeService(service);
  await ipvs.addService({ protocol: 'tcp', address: '10.9.0.1', port: 80, scheduler: 'rr' });
  await ipvs.addDestination(service, { address: '10.9.0.2', port: 8080 });
  const [again] = await differencesUntil(t, watch, () => true);
  t.is(before?.stats.connections, 4n);
  t.like(again && find(again, service), { appeared: false, reset: true, connections: 0n });
  t.deepEqual(again?.removed, []);
  await watch.return();
});

test('only what is asked for is watched', async (t) => {
  const { ipvs } = await makeNamespace(t);
  for (const fwmark of [1, 2, 3]) await ipvs.addService({ fwmark });
  const services = [{ fwmark: 2 }, 'fwmark/9/ipv6'];
  const watch = ipvs.watchStats(1000, { destinations: false, services });
  const [first] = await differencesUntil(t, watch, () => true);
  t.deepEqual(
    first?.services.map(({ id, destinations }) => [id as string, destinations]),
    [['fwmark/2/ipv4', undefined]],
  );
  await ipvs.addService({ fwmark: 9, family: 'ipv6' });
  const [second] = await differencesUntil(t, watch, () => true);
  t.deepEqual(
    second?.services.map(({ id, appeared }) => [id as string, appeared]),
    [
      ['fwmark/2/ipv4', false],
      ['fwmark/9/ipv6', true],
    ],
  );
  await watch.return();
});

test('a signal ends a watch, also before it begins and while it waits', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const hour = 3_600_000;
  const early = AbortSignal.abort('too early');
  const never = ipvs.watchStats(hour, { signal: early });
  t.is(await never.next().catch((reason) => reason), 'too early');
  t.true((await never.next()).done);

  const controller = new AbortController();
  const watch = ipvs.watchStats(hour, { signal: controller.signal });
  const waiting = watch.next();
  await ipvs.info();
  controller.abort('enough');
  t.is(await waiting.catch((reason) => reason), 'enough');
  t.true((await watch.next()).done);
});

test('closing ends a watch that waits', async (t) => {
  const { open } = await makeNamespace(t);
  const ipvs = await open();
  const watch = ipvs.watchStats(3_600_000);
  const waiting = watch.next();
  await ipvs.info();
  const ended = t.throwsAsync(waiting, { code: 'ERR_IPVS_CLOSED', message: /watch-stats/ });
  await ipvs.close();
  await ended;
  await t.throwsAsync(ipvs.watchStats(1000).next(), { code: 'ERR_IPVS_CLOSED' });
});

test('an interval that makes no sense is refused at once', async (t) => {
  const { ipvs } = await makeNamespace(t);
  t.throws(() => ipvs.watchStats(999), { code: 'ERR_IPVS_INVALID_VALUE' });
  t.throws(() => ipvs.watchStats(1000, { services: ['tcp'] }), { code: 'ERR_IPVS_INVALID_VALUE' });
});

test('waiting for a difference keeps the process alive, and nothing does after the loop', async (t) => {
  const { name } = await makeNamespace(t);
  const file = fileURLToPath(new URL('children/_watch.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, name], { timeout: 60_000 });
  t.is(stdout, 'one difference');
});
