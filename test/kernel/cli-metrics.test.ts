import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import {
  type Counters,
  type Ipvs,
  IpvsError,
  type ObservedDestination,
  type ObservedService,
  type Snapshot,
} from 'ipvs';
import { collectMetrics } from 'ipvs/metrics';
import { labelText, readMetrics } from '../_metrics-text.js';
import { commandFile, runCommand } from './_cli.js';
import { eventually } from './_eventually.js';
import { ip } from './_ip.js';
import { makeNamespace, type Namespace } from './_namespace.js';
import { complaintsOf, hasPrometheus, Prometheus } from './_prometheus.js';
import { skip } from './_skip.js';

const traffic = fileURLToPath(new URL('children/_traffic.js', import.meta.url));
const [virtual, server, client] = ['10.9.0.1', '10.9.0.2', '10.9.0.3'] as const;
const web = `tcp/${virtual}:80`;

/** A namespace where three connections were made, and have been counted. */
async function makeBusy(t: ExecutionContext): Promise<Namespace> {
  const namespace = await makeNamespace(t);
  const { ipvs, run } = namespace;
  await ip(
    namespace,
    [virtual, server, client].map((address) => `address add ${address}/32 dev lo`),
  );
  await ipvs.addService({ protocol: 'tcp', address: virtual, port: 80, scheduler: 'rr' });
  await ipvs.addDestination(web, { address: server, port: 8080, weight: 2, upperThreshold: 90 });
  await ipvs.addDestination(web, { address: '10.9.0.4', port: 8080, weight: 0 });
  // The same server, and the same mark in both families.
  await ipvs.addService({ fwmark: 7, scheduler: 'sh' });
  await ipvs.addDestination('fwmark/7', { address: server, port: 8080 });
  if (ipvs.capabilities.ipv6) await ipvs.addService({ fwmark: 7, family: 'ipv6' });
  await run(process.execPath, traffic, virtual, server, client, '3');
  const [service, destination, totals, live] = await eventually(
    () => readCounters(ipvs),
    ([first, ...others]) => others.every((each) => isDeepStrictEqual(each, first)),
  );
  t.is(live.connections, 3n);
  for (const counted of [service, destination, totals]) t.deepEqual(counted, live);
  return namespace;
}

/** What the service, its one server and the namespace have counted, each of which can be late, and what the processors have. */
async function readCounters(ipvs: Ipvs): Promise<[Counters, Counters, Counters, Counters]> {
  const [service, destinations, totals, cpus] = await Promise.all([
    ipvs.getService(web),
    ipvs.listDestinations(web),
    ipvs.totals(),
    ipvs.cpuTotals(),
  ]);
  const busy = destinations.find(({ address }) => address === server);
  const pick = ({ connections, packetsIn, packetsOut, bytesIn, bytesOut }: Counters) => ({
    connections,
    packetsIn,
    packetsOut,
    bytesIn,
    bytesOut,
  });
  const live = cpus.map(pick).reduce((one, other) => ({
    connections: one.connections + other.connections,
    packetsIn: one.packetsIn + other.packetsIn,
    packetsOut: one.packetsOut + other.packetsOut,
    bytesIn: one.bytesIn + other.bytesIn,
    bytesOut: one.bytesOut + other.bytesOut,
  }));
  return [
    pick((service as ObservedService).stats),
    pick((busy as ObservedDestination).stats),
    pick(totals),
    live,
  ];
}

/** What a text should have of a list, by the names of metrics and labels. */
function expected({ services }: Snapshot): Record<string, Record<string, number>> {
  const series: Record<string, Record<string, number>> = {};
  const add = (name: string, labels: Record<string, string | number>, value: number | bigint) => {
    series[name] ??= {};
    series[name][labelText(labels)] = Number(value);
  };
  for (const service of services) {
    const own =
      'fwmark' in service
        ? { family: service.family, fwmark: service.fwmark }
        : {
            family: 'ipv4',
            protocol: service.protocol,
            virtual_address: service.address,
            virtual_port: service.port,
          };
    add('ipvs_service_connections_total', own, service.stats.connections);
    add('ipvs_service_incoming_packets_total', own, service.stats.packetsIn);
    add('ipvs_service_outgoing_packets_total', own, service.stats.packetsOut);
    add('ipvs_service_incoming_bytes_total', own, service.stats.bytesIn);
    add('ipvs_service_outgoing_bytes_total', own, service.stats.bytesOut);
    add('ipvs_service_info', { ...own, scheduler: service.scheduler }, 1);
    for (const destination of service.destinations) {
      const labels = {
        ...own,
        destination_address: destination.address,
        destination_port: destination.port,
      };
      add('ipvs_destination_weight', labels, destination.weight);
      add('ipvs_destination_active_connections', labels, destination.activeConnections);
      add('ipvs_destination_inactive_connections', labels, destination.inactiveConnections);
      add('ipvs_destination_connections_total', labels, destination.stats.connections);
      add('ipvs_destination_incoming_bytes_total', labels, destination.stats.bytesIn);
      add('ipvs_destination_outgoing_bytes_total', labels, destination.stats.bytesOut);
      if (destination.upperThreshold > 0)
        add('ipvs_destination_upper_threshold', labels, destination.upperThreshold);
    }
  }
  return series;
}

test('what is printed is what the library lists', async (t) => {
  const { name, ipvs } = await makeBusy(t);
  const options = ['metrics', '--netns', name];
  const { status, stdout, stderr } = await runCommand([...options, '--connections']);
  t.is(stderr, '');
  t.is(status, 0);
  const metrics = readMetrics(stdout);
  const series = (metric: string) => Object.fromEntries(metrics.get(metric)?.series ?? []);
  for (const [metric, values] of Object.entries(expected(await ipvs.snapshot())))
    t.deepEqual(series(metric), values, metric);
  t.is(
    series('ipvs_service_connections_total')[
      labelText({ family: 'ipv4', protocol: 'tcp', virtual_address: virtual, virtual_port: 80 })
    ],
    3,
  );
  const totals = await ipvs.totals();
  t.deepEqual(series('ipvs_connections_total'), { '': Number(totals.connections) });
  t.deepEqual(series('ipvs_outgoing_bytes_total'), { '': Number(totals.bytesOut) });
  const busy = (await ipvs.cpuTotals()).filter(({ packetsIn }) => packetsIn > 0n);
  t.deepEqual(
    series('ipvs_cpu_incoming_packets_total'),
    Object.fromEntries(busy.map(({ cpu, packetsIn }) => [`cpu="${cpu}"`, Number(packetsIn)])),
  );
  const entries = Object.values(series('ipvs_connection_entries'));
  t.is(
    entries.reduce((sum, count) => sum + count, 0),
    3,
  );
  t.deepEqual(series('ipvs_up'), { '': 1 });

  const json = await runCommand([...options, '--json', '--no-destinations', web]);
  t.is(json.status, 0);
  const listed = JSON.parse(json.stdout) as { name: string; samples: { value: number }[] }[];
  t.is(listed.find((each) => each.name === 'ipvs_service_connections_total')?.samples[0]?.value, 3);
  t.is(listed.find((each) => each.name === 'ipvs_service_info')?.samples.length, 1);
  t.false(listed.some((each) => each.name.startsWith('ipvs_destination_')));
});

test('a kernel without IPVS in reach is an error, and nothing is printed', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.close();
  const error = await t.throwsAsync(collectMetrics(ipvs));
  t.true(error instanceof IpvsError);
  const { status, stdout, stderr } = await runCommand(['metrics', '--netns', 'not-there']);
  t.is(status, 1);
  t.is(stdout, '');
  t.regex(stderr, /^ipvs: /);
  const wrong = await runCommand(['metrics', 'tcp/nowhere']);
  t.is(wrong.status, 1);
  t.is(wrong.stdout, '');
  t.regex(wrong.stderr, /tcp\/nowhere/);
});

/** The verb as a server, until the test ends; resolves with its URL when it listens. */
async function serve(t: ExecutionContext, ...words: readonly string[]) {
  const child = spawn(
    process.execPath,
    [commandFile, 'metrics', '--listen', '127.0.0.1:0', ...words],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  t.teardown(() => child.kill('SIGKILL'));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const [, found] = /^Serving (\S+)\n$/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
    void ended.then((status) => reject(new Error(`it has ended with ${status}`)));
  });
  return { url, child, ended };
}

test('Prometheus scrapes what is served, and answers with the right values', async (t) => {
  if (!hasPrometheus) return skip(t, 'Prometheus');
  const { name, ipvs } = await makeBusy(t);
  const { url, child, ended } = await serve(t, '--netns', name);
  const prometheus = await Prometheus.start(t, new URL(url).host);
  const own = `protocol="tcp",virtual_address="${virtual}",virtual_port="80"`;
  const found = await eventually(
    () => prometheus.query(`ipvs_service_connections_total{${own}}`),
    (result) => result?.[0]?.value === 3,
  );
  t.is(found?.length, 1);
  t.is(found?.[0]?.value, 3);
  t.is(found?.[0]?.metric['family'], 'ipv4');
  t.false('fwmark' in (found?.[0]?.metric ?? {}));
  t.is((await prometheus.target())?.health, 'up');
  t.is((await prometheus.target())?.lastError, '');

  // The same server of two services is two series.
  const servers = await prometheus.query(
    `ipvs_destination_connections_total{destination_address="${server}"}`,
  );
  const destinations = await ipvs.listDestinations(web);
  const bytes = destinations.find(({ address }) => address === server)?.stats.bytesOut;
  t.deepEqual(
    servers
      ?.map(({ metric, value }) => [metric['fwmark'] ?? metric['virtual_address'], value])
      .sort(),
    [
      [virtual, 3],
      ['7', 0],
    ].sort(),
  );
  const [sent] =
    (await prometheus.query(`sum(ipvs_destination_outgoing_bytes_total{${own}})`)) ?? [];
  t.is(sent?.value, Number(bytes));
  t.is((await prometheus.query('ipvs_up'))?.[0]?.value, 1);

  // What the kernel does shows up.
  await ipvs.updateDestination(web, { address: server, port: 8080 }, { weight: 5 });
  const weight = await eventually(
    () => prometheus.query(`ipvs_destination_weight{${own},destination_address="${server}"}`),
    (result) => result?.[0]?.value === 5,
  );
  t.is(weight?.[0]?.value, 5);

  const plain = await fetch(url);
  const open = await fetch(url, { headers: { accept: 'application/openmetrics-text' } });
  t.regex(plain.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  t.regex(
    open.headers.get('content-type') ?? '',
    /^application\/openmetrics-text; version=1\.0\.0/,
  );
  const text = await plain.text();
  t.is(await complaintsOf(text), '');
  t.deepEqual([...readMetrics(await open.text()).keys()], [...readMetrics(text).keys()]);

  child.kill('SIGTERM');
  t.is(await ended, 0);
});
