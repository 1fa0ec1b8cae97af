import { existsSync } from 'node:fs';
import test from 'ava';
import type { Counters } from 'ipvs';
import { noStats } from '../_no-stats.js';
import { makeEcho } from './_echo.js';
import { eventually } from './_eventually.js';
import { labModprobe, run } from './_modprobe.js';
import { makeNamespace } from './_namespace.js';

/** The counters of several processors together. */
function sum(all: readonly Counters[]): Counters {
  const total = (name: keyof Counters) => all.reduce((before, each) => before + each[name], 0n);
  return {
    connections: total('connections'),
    packetsIn: total('packetsIn'),
    packetsOut: total('packetsOut'),
    bytesIn: total('bytesIn'),
    bytesOut: total('bytesOut'),
  };
}

/** The hexadecimal numbers of the first line that begins with one. */
function firstNumbers(text: string): bigint[] {
  const line = text.split('\n').find((each) => /^ *[0-9A-F]+ /.test(each)) ?? '';
  return line
    .trim()
    .split(/ +/)
    .map((word) => BigInt(`0x${word}`));
}

test('totals are those that the kernel prints, and of their namespace alone', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  const other = await makeNamespace(t);
  t.deepEqual(await ipvs.totals(), noStats);
  const { connect, service } = await makeEcho(namespace);
  await connect(5);

  const totals = await eventually(
    () => ipvs.totals(),
    ({ connections, rates }) => connections === 5n && rates.connections > 0,
  );
  t.is(totals.connections, 5n);
  t.true(totals.packetsIn >= 20n && totals.packetsIn < 100n, String(totals.packetsIn));
  t.true(totals.bytesOut >= totals.packetsOut * 40n + 50n, String(totals.bytesOut));
  t.true(totals.rates.connections >= 1);
  t.true(totals.rates.bytesIn >= 1);
  // With everything over, nothing moves but the rates.
  const settled = await eventually(
    async () => {
      const text = firstNumbers(await namespace.run('cat', '/proc/net/ip_vs_stats'));
      const { rates: _, ...read } = await ipvs.totals();
      return { text, read: Object.values(read) };
    },
    ({ text, read }) => text.join() === read.join(),
  );
  t.deepEqual(settled.read, settled.text);

  t.deepEqual(await other.ipvs.totals(), noStats);
  await ipvs.removeService(service);
  t.is((await ipvs.totals()).connections, 5n);
  await ipvs.zero();
  const { rates: _, ...counters } = await ipvs.totals();
  t.deepEqual(Object.values(counters), Array(5).fill(0n));
});

test('each processor has counted its part, and goes on when the totals are zeroed', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  const { connect } = await makeEcho(namespace);
  await connect(3);
  // These are not behind.
  const processors = await ipvs.cpuTotals();
  const counted = sum(processors);
  t.is(counted.connections, 3n);
  t.true(counted.packetsIn >= 12n);
  t.deepEqual(
    processors.map(({ cpu }) => cpu),
    [...new Set(processors.map(({ cpu }) => cpu))].sort((one, two) => one - two),
  );
  const possible = (await namespace.run('cat', '/sys/devices/system/cpu/possible')).trim();
  t.is(processors.length, countProcessors(possible), possible);
  await eventually(
    () => ipvs.totals(),
    ({ connections }) => connections === 3n,
  );
  await ipvs.zero();
  t.is((await ipvs.totals()).connections, 0n);
  t.is(sum(await ipvs.cpuTotals()).connections, 3n);
});

/** How many processors there are in a list such as `0-3,8`; what there is no list for has one. */
function countProcessors(list: string): number {
  if (list === '') return 1;
  return list
    .split(',')
    .map((range) => range.split('-').map(Number))
    .reduce((count, [first = 0, last = first]) => count + last - first + 1, 0);
}

test('a helper is listed with its port and the connections that it follows', async (t) => {
  await run(labModprobe(), ['ip_vs_ftp']);
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  const { service } = await makeEcho(namespace);
  t.deepEqual(await ipvs.applications(), [{ protocol: 'tcp', port: 21, name: 'ftp', uses: 0 }]);

  const ftp = { protocol: 'tcp', address: '10.9.0.1', port: 21, scheduler: 'rr' } as const;
  await ipvs.removeService(service);
  await ipvs.addService(ftp);
  await ipvs.addDestination(ftp, { address: '10.9.0.2', port: 8080 });
  // The connection is refused, and remembered for a while.
  const refused = `require('net').connect({ host: '10.9.0.1', port: 21, localAddress: '10.9.0.3' })
    .on('error', () => console.log('refused')).on('connect', () => process.exit(1))`;
  t.is(await namespace.run(process.execPath, '-e', refused), 'refused\n');
  t.deepEqual(await ipvs.applications(), [{ protocol: 'tcp', port: 21, name: 'ftp', uses: 1 }]);
});

test('the status is that of the kernel, and none where the kernel has none', async (t) => {
  const { ipvs, run: runInside } = await makeNamespace(t);
  const status = await ipvs.status();
  if (!existsSync('/proc/net/ip_vs_status')) {
    t.is(status, undefined);
    return;
  }
  await ipvs.addService({ protocol: 'tcp', address: '10.9.0.1', port: 80 });
  const { Services, 'Conn buckets': buckets, ...others } = (await ipvs.status()) ?? {};
  t.is(status?.['Services'], '0');
  t.is(Services, '1');
  t.regex(buckets ?? '', /^\d+ \(\d+ bits, lfactor -?\d+\)$/);
  const text = await runInside('cat', '/proc/net/ip_vs_status');
  t.is(text.trim().split('\n').length, Object.keys(others).length + 2);
});
