import test from 'ava';
import { command } from '../unit/_cli.js';
import type { Namespace } from './_namespace.js';
import { makeNamespace } from './_namespace.js';

const service = 'tcp/192.0.2.1:80';
const destination = '198.51.100.1:80';

/** Runs the command in a namespace; what it prints is what it has to say. */
async function run({ name }: Namespace, ...words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await command({ real: {} }, [...words, '--netns', name]);
  if (status !== 0 || stderr !== '') throw new Error(`${words.join(' ')}: ${status}\n${stderr}`);
  return stdout;
}

/** Runs what is wrong; it must do nothing, and say why. */
async function refuse({ name }: Namespace, ...words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await command({ real: {} }, [...words, '--netns', name]);
  if (status !== 1 || stdout !== '') throw new Error(`${words.join(' ')}: ${status}\n${stdout}`);
  return stderr;
}

async function makeTable(namespace: Namespace): Promise<void> {
  const { ipvs } = namespace;
  await ipvs.addService({ protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wrr' });
  await ipvs.addDestination(service, { address: '198.51.100.1' });
}

test('a weight is changed, and nothing else of the destination', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  await makeTable(namespace);
  await ipvs.updateDestination(service, destination, { upperThreshold: 9, forward: 'direct' });
  t.is(
    await run(namespace, 'set-weight', service, '198.51.100.1', '5'),
    `${service} -> ${destination}: weight 1 -> 5\n`,
  );
  const told = await run(namespace, 'set-weight', service, destination, '0', '--json');
  t.deepEqual(JSON.parse(told), { service, destination, before: 5, after: 0 });
  const [after] = await ipvs.listDestinations(service);
  t.like(after, { weight: 0, upperThreshold: 9, forward: 'direct' });
  const missing = await refuse(namespace, 'set-weight', service, '198.51.100.9', '1');
  t.is(missing, `ipvs: service ${service} has no destination 198.51.100.9:80\n`);
  t.regex(
    await refuse(namespace, 'set-weight', service, destination, '-1'),
    /unknown option|weight/,
  );
  t.regex(await refuse(namespace, 'set-weight', 'tcp/nowhere', destination, '1'), /tcp\/nowhere/);
  t.deepEqual(await ipvs.listDestinations(service), [after]);
});

test('timeouts are shown and set', async (t) => {
  const namespace = await makeNamespace(t);
  t.is(await run(namespace, 'timeouts'), 'tcp      900 s\ntcp-fin  120 s\nudp      300 s\n');
  const after = await run(namespace, 'timeouts', '--tcp-fin', '30', '--json');
  t.deepEqual(JSON.parse(after), { tcp: 900, tcpFin: 30, udp: 300 });
  t.regex(
    await refuse(namespace, 'timeouts', '--udp', '0', '--tcp', '5'),
    /--udp.*from 1 to 21474836/,
  );
  t.deepEqual(await namespace.ipvs.timeouts(), { tcp: 900, tcpFin: 30, udp: 300 });
});

test('settings are shown and set', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  const all = JSON.parse(await run(namespace, 'sysctl', '--json'));
  t.deepEqual(all, await ipvs.sysctls());
  const set = await run(
    namespace,
    'sysctl',
    'expire_nodest_conn=1',
    'net.ipv4.vs.sync_threshold=5 60',
  );
  t.is(set, 'expire_nodest_conn  1\nsync_threshold      5 60\n');
  const { expire_nodest_conn, sync_threshold } = await ipvs.sysctls();
  t.deepEqual([expire_nodest_conn, sync_threshold], [1, '5 60']);
  t.regex(
    await refuse(namespace, 'sysctl', 'sloppy_tcp=1', 'conn_reuse_mode=9'),
    /conn_reuse_mode.*0 to 3/,
  );
  t.regex(await refuse(namespace, 'sysctl', 'sloppy_tcp=1', 'no_such_thing=1'), /no_such_thing/);
  t.is((await ipvs.sysctls())['sloppy_tcp'], 0);
});

test('daemons are shown, started and stopped', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  await namespace.run('ip', 'link', 'add', 'sync0', 'type', 'dummy');
  await namespace.run('ip', 'address', 'add', '192.0.2.9/24', 'dev', 'sync0');
  await namespace.run('ip', 'link', 'set', 'sync0', 'up', 'multicast', 'on');
  t.is(await run(namespace, 'daemon'), 'No daemons.\n');
  t.is(
    await run(namespace, 'daemon', 'start', 'master', '--interface', 'sync0', '--sync-id', '7'),
    'Started the master on sync0.\n',
  );
  t.deepEqual(JSON.parse(await run(namespace, 'daemon', '--json')), await ipvs.syncDaemons());
  t.like((await ipvs.syncDaemons())[0], { role: 'master', interface: 'sync0', syncId: 7 });
  t.regex(await refuse(namespace, 'daemon', 'start', 'slave', '--interface', 'sync0'), /slave/);
  t.regex(await refuse(namespace, 'daemon', 'start', 'backup'), /--interface/);
  t.is(await run(namespace, 'daemon', 'stop', 'master'), 'Stopped the master.\n');
  t.deepEqual(await ipvs.syncDaemons(), []);
});

test('virtual addresses are shown, bound and taken away', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  t.regex(await refuse(namespace, 'vip', 'add', '224.0.0.1', '--create'), /224\.0\.0\.1/);
  t.is(await ipvs.getDevice('ipvs0'), undefined);
  t.is(
    await run(namespace, 'vip', 'add', '192.0.2.1', '--create'),
    'Made the device ipvs0.\nBound 192.0.2.1 to ipvs0.\n',
  );
  t.deepEqual(JSON.parse(await run(namespace, 'vip', '--json')), await ipvs.listAddresses('ipvs0'));
  t.is((await ipvs.listAddresses('ipvs0')).length, 1);
  t.is(await run(namespace, 'vip', 'remove', '192.0.2.1'), 'Took 192.0.2.1 from ipvs0.\n');
  t.deepEqual(await ipvs.listAddresses('ipvs0'), []);
});
