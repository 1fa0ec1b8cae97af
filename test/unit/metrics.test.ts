import test from 'ava';
import { InvalidValueError, Reconciler } from 'ipvs';
import { collectMetrics, type MetricsOptions, registerMetrics } from 'ipvs/metrics';
import { FakeKernel } from 'ipvs/testing';
import { Counter, Registry } from 'prom-client';
import { labelText, readMetrics } from '../_metrics-text.js';
import { StubSource, table } from './_metrics-source.js';
import { turning } from './_runs.js';

const web = {
  family: 'ipv4',
  protocol: 'tcp',
  virtual_address: '10.0.0.1',
  virtual_port: 80,
} as const;

/** The values of a metric by its labels. */
function seriesOf(text: string, name: string): Record<string, number> {
  return Object.fromEntries(readMetrics(text).get(name)?.series ?? []);
}

test('the text for Prometheus', async (t) => {
  const text = await collectMetrics(new StubSource(), { connections: true });
  t.snapshot(withoutDuration(text));
  t.notThrows(() => readMetrics(text));
});

test('the text as OpenMetrics has the same series', async (t) => {
  const source = new StubSource();
  const plain = readMetrics(withoutDuration(await collectMetrics(source)));
  const text = await collectMetrics(source, { format: 'openmetrics' });
  t.true(text.endsWith('\n# EOF\n'));
  t.deepEqual(readMetrics(withoutDuration(text)), plain);
  t.regex(text, /^# TYPE ipvs_service_connections counter$/m);
});

/** How long it took is different each time. */
function withoutDuration(text: string): string {
  return text.replace(/^(ipvs_scrape_duration_seconds) .*$/m, '$1 0');
}

test('a service is told by its address or its mark, never both', async (t) => {
  const text = await collectMetrics(new StubSource());
  t.deepEqual(seriesOf(text, 'ipvs_service_connections_total'), {
    [labelText(web)]: 1000,
    [labelText({
      family: 'ipv6',
      protocol: 'udp',
      virtual_address: 'fd09::1',
      virtual_port: 53,
    })]: 2000,
    [labelText({ family: 'ipv4', fwmark: 7 })]: 3000,
    [labelText({ family: 'ipv6', fwmark: 7 })]: 4000,
  });
});

test('a server of two services has a series for each', async (t) => {
  const text = await collectMetrics(new StubSource());
  const backend = { destination_address: '10.1.0.1', destination_port: 8080 };
  const series = seriesOf(text, 'ipvs_destination_outgoing_bytes_total');
  t.is(series[labelText({ ...web, ...backend })], 1104);
  t.is(series[labelText({ family: 'ipv4', fwmark: 7, ...backend })], 3104);
  t.is(Object.keys(series).length, 4);
});

test('what destinations have is summed up in their service', async (t) => {
  const text = await collectMetrics(new StubSource(), { destinations: false });
  const key = labelText(web);
  t.is(seriesOf(text, 'ipvs_service_active_connections')[key], 5);
  t.is(seriesOf(text, 'ipvs_service_inactive_connections')[key], 7);
  t.is(seriesOf(text, 'ipvs_service_destinations')[key], 2);
  t.is(seriesOf(text, 'ipvs_service_usable_destinations')[key], 1);
  t.false(text.includes('ipvs_destination_'));
});

test('thresholds that were not set have no series', async (t) => {
  const text = await collectMetrics(new StubSource());
  const key = labelText({ ...web, destination_address: '10.1.0.1', destination_port: 8080 });
  t.deepEqual(seriesOf(text, 'ipvs_destination_upper_threshold'), { [key]: 10 });
  t.deepEqual(seriesOf(text, 'ipvs_destination_lower_threshold'), { [key]: 5 });
});

test('a counter beyond 2^53 is the nearest number', async (t) => {
  const text = await collectMetrics(new StubSource());
  t.deepEqual(seriesOf(text, 'ipvs_connections_total'), { '': 9_007_199_254_740_992 });
});

test('services can have names', async (t) => {
  const text = await collectMetrics(new StubSource(), {
    serviceName: ({ id }) => (id === 'tcp/10.0.0.1:80' ? 'web "1"\\\n' : undefined),
  });
  t.true(text.includes('service_name="web \\"1\\"\\\\\\n",scheduler="rr"} 1'));
  t.is(seriesOf(text, 'ipvs_service_info')[`family="ipv4",fwmark="7",scheduler="wlc"`], 1);
});

test('services can be chosen; the others still count', async (t) => {
  for (const services of [
    ['TCP/10.0.0.1:80'],
    (service: { scheduler: string }) => service.scheduler === 'rr',
  ] as const) {
    const text = await collectMetrics(new StubSource(), { services } as MetricsOptions);
    t.deepEqual(Object.keys(seriesOf(text, 'ipvs_service_connections_total')), [labelText(web)]);
    t.is(Object.keys(seriesOf(text, 'ipvs_destination_weight')).length, 2);
    t.deepEqual(seriesOf(text, 'ipvs_services'), { '': 4 });
    t.deepEqual(seriesOf(text, 'ipvs_destinations'), { '': 4 });
  }
});

test('series of objects are limited, and it is said how many are missing', async (t) => {
  const all = await collectMetrics(new StubSource());
  const objects = [...readMetrics(all)].filter(([name]) =>
    /^ipvs_(service|destination)_/.test(name),
  );
  const total = objects.reduce((sum, [, { series }]) => sum + series.size, 0);
  t.is(total, 4 * 10 + 4 * 10 + 2);
  for (const maxSeries of [0, 9, 10, 40, 45, 52, 81, 82, 1000]) {
    const text = await collectMetrics(new StubSource(), { maxSeries });
    const metrics = [...readMetrics(text)].filter(([name]) =>
      /^ipvs_(service|destination)_/.test(name),
    );
    const kept = metrics.reduce((sum, [, { series }]) => sum + series.size, 0);
    t.true(kept <= maxSeries);
    t.deepEqual(seriesOf(text, 'ipvs_series_omitted'), { '': total - kept });
    // Whole objects, services first.
    t.true(kept >= Math.min(total, maxSeries - 11), `${kept} of ${maxSeries}`);
    t.is(
      metrics.find(([name]) => name === 'ipvs_service_info')?.[1].series.size,
      Math.min(4, Math.floor(maxSeries / 10)),
    );
  }
});

test('a fake kernel, which counts less, has metrics', async (t) => {
  const kernel = new FakeKernel();
  await kernel.addService({ protocol: 'tcp', address: '10.0.0.1', port: 80 });
  await kernel.addDestination('tcp/10.0.0.1:80', { address: '10.1.0.1', port: 8080 });
  kernel.connect('tcp/10.0.0.1:80', { client: '192.0.2.1' });
  const text = await collectMetrics(kernel);
  t.deepEqual(seriesOf(text, 'ipvs_service_active_connections'), { [labelText(web)]: 1 });
  t.deepEqual(seriesOf(text, 'ipvs_connections_total'), {});
  t.deepEqual(seriesOf(text, 'ipvs_connection_timeout_seconds'), {
    'kind="tcp"': 900,
    'kind="tcp_fin"': 120,
    'kind="udp"': 300,
  });
});

test('without a registry, a kernel that cannot be read is an error', async (t) => {
  const source = new StubSource();
  source.failure = new Error('gone');
  await t.throwsAsync(collectMetrics(source), { is: source.failure });
});

test('a part that cannot be read is missing, and counted', async (t) => {
  const source = new StubSource();
  source.totalsFailure = new Error('no file');
  const registry = new Registry();
  await registerMetrics(source, { registry });
  await registry.metrics();
  const text = await registry.metrics();
  t.deepEqual(seriesOf(text, 'ipvs_up'), { '': 1 });
  t.is(seriesOf(text, 'ipvs_scrape_errors_total')['part="totals"'], 2);
  t.is(seriesOf(text, 'ipvs_scrape_errors_total')['part="services"'], 0);
  t.deepEqual(seriesOf(text, 'ipvs_incoming_bytes_total'), {});
});

test('metrics join a registry, and are as they are at each scrape', async (t) => {
  const registry = new Registry();
  const own = new Counter({ name: 'own_total', help: 'Own.', registers: [registry] });
  own.inc(3);
  const source = new StubSource();
  const { unregister } = await registerMetrics(source, { registry });
  const [first = table.services[0], ...others] = table.services;
  t.is(Object.keys(seriesOf(await registry.metrics(), 'ipvs_service_info')).length, 4);
  source.table = { ...table, services: [first as (typeof table.services)[0]] };
  const text = await registry.metrics();
  t.true(others.length > 0);
  t.deepEqual(seriesOf(text, 'ipvs_service_connections_total'), { [labelText(web)]: 1000 });
  t.deepEqual(seriesOf(text, 'own_total'), { '': 3 });
  unregister();
  t.deepEqual([...readMetrics(await registry.metrics()).keys()], ['own_total']);
});

test('a scrape reads the kernel once, and scrapes at the same time share that', async (t) => {
  const source = new StubSource();
  const registry = new Registry();
  await registerMetrics(source, { registry });
  const texts = await Promise.all([registry.metrics(), registry.metrics(), registry.metrics()]);
  t.is(source.snapshots, 1);
  t.is(new Set(texts).size, 1);
  await registry.metrics();
  t.is(source.snapshots, 2);
});

test('a failing kernel does not take the other metrics along', async (t) => {
  const registry = new Registry();
  new Counter({ name: 'own_total', help: 'Own.', registers: [registry] }).inc();
  const source = new StubSource();
  await registerMetrics(source, { registry });
  await registry.metrics();
  source.failure = new Error('gone');
  const text = await registry.metrics();
  t.deepEqual(seriesOf(text, 'ipvs_up'), { '': 0 });
  t.is(seriesOf(text, 'ipvs_scrape_errors_total')['part="services"'], 1);
  t.deepEqual(seriesOf(text, 'own_total'), { '': 1 });
  // What is not known is not 0.
  t.deepEqual(seriesOf(text, 'ipvs_services'), {});
  t.deepEqual(seriesOf(text, 'ipvs_service_connections_total'), {});
  source.failure = undefined;
  t.deepEqual(seriesOf(await registry.metrics(), 'ipvs_up'), { '': 1 });
});

test('collecting with a registry joins it once, and never throws for the kernel', async (t) => {
  const registry = new Registry();
  const source = new StubSource();
  const texts = await Promise.all([
    collectMetrics(source, { registry }),
    collectMetrics(source, { registry }),
  ]);
  t.is(texts[0], texts[1]);
  source.failure = new Error('gone');
  t.deepEqual(seriesOf(await collectMetrics(source, { registry }), 'ipvs_up'), { '': 0 });
});

test('two kernels in one registry need two prefixes', async (t) => {
  const registry = new Registry();
  await registerMetrics(new StubSource(), { registry });
  const before = registry.getMetricsAsArray().length;
  await t.throwsAsync(registerMetrics(new StubSource(), { registry }), {
    message: /ipvs_up has already been registered/,
  });
  t.is(registry.getMetricsAsArray().length, before);
  await registerMetrics(new StubSource(), { registry, prefix: 'blue_ipvs_' });
  const metrics = readMetrics(await registry.metrics());
  t.is(metrics.get('blue_ipvs_up')?.series.get(''), 1);
  t.is(metrics.get('ipvs_up')?.series.get(''), 1);
});

test('a half-done registration is undone', async (t) => {
  const registry = new Registry();
  new Counter({ name: 'ipvs_service_bytes', help: 'Another.', registers: [registry] });
  new Counter({ name: 'ipvs_connections_total', help: 'Clash.', registers: [registry] });
  await t.throwsAsync(registerMetrics(new StubSource(), { registry }), {
    message: /ipvs_connections_total/,
  });
  t.is(registry.getMetricsAsArray().length, 2);
});

test('a reconciler is shown', async (t) => {
  const kernel = new FakeKernel();
  const reconciler = new Reconciler(kernel, {
    scope: { mode: 'exclusive' },
    clock: kernel.clock,
    minInterval: 0,
    debounce: 0,
  });
  const registry = new Registry();
  await registerMetrics(kernel, { registry, reconciler });
  const before = await registry.metrics();
  t.deepEqual(seriesOf(before, 'ipvs_reconciler_running'), { '': 0 });
  t.deepEqual(seriesOf(before, 'ipvs_reconciler_last_success_timestamp_seconds'), {});
  reconciler.setDesired({
    version: 1,
    services: [
      {
        protocol: 'tcp',
        address: '10.0.0.1',
        port: 80,
        destinations: [{ address: '10.1.0.1', port: 8080 }],
      },
    ],
  });
  const cycle = new Promise((resolve) => reconciler.once('cycle', resolve));
  reconciler.start();
  await kernel.clock.advance(100);
  await cycle;
  const text = await registry.metrics();
  t.deepEqual(seriesOf(text, 'ipvs_reconciler_running'), { '': 1 });
  t.deepEqual(seriesOf(text, 'ipvs_reconciler_converged'), { '': 1 });
  t.deepEqual(seriesOf(text, 'ipvs_reconciler_cycles_total'), { '': 1 });
  t.deepEqual(seriesOf(text, 'ipvs_reconciler_errors_total'), { '': 0 });
  t.deepEqual(seriesOf(text, 'ipvs_reconciler_operations_total'), {
    'operation="add-service",status="ok"': 1,
    'operation="add-dest",status="ok"': 1,
  });
  const { '': last = 0 } = seriesOf(text, 'ipvs_reconciler_last_success_timestamp_seconds');
  t.true(Math.abs(last - Date.now() / 1000) < 3600);
  reconciler.emit('error', new Error('one'));
  t.deepEqual(seriesOf(await registry.metrics(), 'ipvs_reconciler_errors_total'), { '': 1 });
  await turning(kernel, reconciler.stop());
  t.deepEqual(seriesOf(await registry.metrics(), 'ipvs_reconciler_running'), { '': 0 });
});

const refuses = test.macro({
  async exec(t, options: object, path: string) {
    const error = await t.throwsAsync(collectMetrics(new StubSource(), options));
    t.true(error instanceof InvalidValueError);
    t.true(error?.message.includes(path), error?.message);
  },
  title: (_, options: object) =>
    `refused: ${Object.keys(options)} ${Object.values(options).map(String)}`,
});

test(refuses, { destination: true }, 'options.destination');
test(refuses, { destinations: 1 }, 'options.destinations');
test(refuses, { maxSeries: -1 }, 'options.maxSeries');
test(refuses, { maxSeries: 1.5 }, 'options.maxSeries');
test(refuses, { services: 'tcp/10.0.0.1:80' }, 'options.services');
test(refuses, { services: ['tcp/10.0.0.1'] }, 'options.services[0]');
test(refuses, { prefix: '1' }, 'options.prefix');
test(refuses, { format: 'json' }, 'options.format');
test(refuses, { registry: {} }, 'options.registry');
test(refuses, { registry: new Registry(), format: 'prometheus' }, 'options.format');
test(refuses, { reconciler: {} }, 'options.reconciler');
test(refuses, { serviceName: 'web' }, 'options.serviceName');
