import test from 'ava';
import type { Connection } from 'ipvs';
import { command } from '../unit/_cli.js';
import { type Director, list, makeDirector } from './_director.js';

const virtual = ['10.30.0.1', 53] as const;
const service = 'udp/10.30.0.1:53';
const addresses = ['10.30.0.1', '10.30.0.2', '10.30.0.3', '10.30.0.4'];

async function run({ name }: Director, ...words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await command({ real: {} }, [...words, '--netns', name]);
  if (status !== 0 || stderr !== '') throw new Error(`${words.join(' ')}: ${status}\n${stderr}`);
  return stdout;
}

function withoutTime(connections: readonly Connection[]) {
  return connections
    .map(({ expires: _, ...rest }) => rest)
    .sort((one, other) => one.client.port - other.client.port);
}

test('connections are shown, filtered and counted', async (t) => {
  const director = await makeDirector(t, { addresses, backup: false });
  t.is(await run(director, 'connections'), 'No connections.\n');
  t.deepEqual(JSON.parse(await run(director, 'connections', '--json')), []);
  await director.ipvs.addService({ protocol: 'udp', address: '10.30.0.1', port: 53 });
  await director.ipvs.addDestination(service, { address: '10.30.0.2' });
  await director.send(
    { from: ['10.30.0.3', 1001], to: virtual },
    { from: ['10.30.0.3', 1002], to: virtual },
    { from: ['10.30.0.4', 1003], to: virtual },
  );
  const told = JSON.parse(await run(director, 'connections', '--json')) as Connection[];
  t.is(told.length, 3);
  t.deepEqual(withoutTime(told), withoutTime(await list(director)));

  const text = await run(director, 'connections', '--client', '10.30.0.4');
  const [title, line, ...rest] = text.trimEnd().split('\n');
  t.is(title?.replaceAll(/ +/g, ' '), 'PROTOCOL EXPIRES STATE CLIENT VIRTUAL DESTINATION ENGINE');
  const columns = /^udp +0[0-5]:[0-5]\d +UDP +10\.30\.0\.4:1003 +10\.30\.0\.1:53 +10\.30\.0\.2:53$/;
  t.regex(line ?? '', columns);
  t.deepEqual(rest, []);
  t.is((await run(director, 'connections', '--limit', '2')).trimEnd().split('\n').length, 3);

  const counted = await run(director, 'connections', '--count-by', 'client', '--json');
  t.deepEqual(JSON.parse(counted), {
    countedBy: 'client',
    connections: 3,
    counts: [
      { key: '10.30.0.3', connections: 2 },
      { key: '10.30.0.4', connections: 1 },
    ],
  });
  const byService = (await run(director, 'connections', '--count-by', 'service')).split('\n')[1];
  t.regex(byService ?? '', /^udp\/10\.30\.0\.1:53 +3 +█{20}$/);
  const { status, stderr } = await command({ real: {} }, ['connections', '--client', 'nobody']);
  t.is(status, 1);
  t.regex(stderr, /client.*"nobody"/);
});

test('counters are shown of everything and of each service, once or again and again', async (t) => {
  const director = await makeDirector(t, { addresses, backup: false });
  const { ipvs } = director;
  await ipvs.addService({ protocol: 'udp', address: '10.30.0.1', port: 53 });
  await ipvs.addDestination(service, { address: '10.30.0.2' });
  await director.send({ from: ['10.30.0.3', 1001], to: virtual });
  while ((await ipvs.totals()).connections === 0n) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const told = JSON.parse(await run(director, 'stats', '--json'));
  t.is(told.totals.connections, 1);
  t.is(told.services[0].id, service);
  t.is(told.services[0].stats.packetsIn, 1);
  const processors = JSON.parse(await run(director, 'stats', '--cpu', '--json'));
  t.is(processors.length, (await ipvs.cpuTotals()).length);
  const lines = (await run(director, 'stats', service, '--exact')).trimEnd().split('\n');
  t.is(lines.length, 2);
  t.regex(lines[1] ?? '', /^udp\/10\.30\.0\.1:53 +1 +1 +1 +29 +57 /);
  const watched = await run(director, 'stats', '--interval', '1', '--count', '2', '--json');
  const differences = watched
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(
    differences.map(({ services }) => services[0].id),
    [service, service],
  );
  const { status, stderr } = await command({ real: {} }, ['stats', '--count', '2']);
  t.is(status, 1);
  t.is(stderr, 'ipvs: --count says how many intervals to show, and needs --interval\n');
});
