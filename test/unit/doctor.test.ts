import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { endianness } from 'node:os';
import test from 'ava';
import { checks } from '#lib/cli/doctor/checks.js';
import { withCommandsFrom } from '#lib/cli/doctor/commands.js';
import { diagnose, type Finding } from '#lib/cli/doctor/diagnose.js';
import type { Facts } from '#lib/cli/doctor/facts.js';
import { parseNeighbours } from '#lib/cli/doctor/neighbours.js';
import { readNetworkSettings } from '#lib/cli/doctor/network-settings.js';
import { parsePrivileges } from '#lib/cli/doctor/privileges.js';
import { probe, probeTargets } from '#lib/cli/doctor/probe.js';
import { isBefore, parseRelease } from '#lib/cli/doctor/release.js';
import { formatDiagnosis } from '#lib/cli/doctor/report.js';
import { findRoute, isLocal, isUncertain, parseRoutes } from '#lib/cli/doctor/routes.js';
import { snapshot } from './_state.js';

const codesOf = (facts: Facts) =>
  diagnose({ facts, unknown: new Map() }).findings.map(({ code }) => code);

test('each check has a code of its own, and says what it is about', (t) => {
  const codes = checks.map(({ code }) => code);
  t.is(new Set(codes).size, codes.length);
  for (const { code, when, why, needs } of checks) {
    t.regex(code, /^[a-z]+(-[a-z]+)+$/);
    t.true(when.endsWith('.') && why.endsWith('.'), code);
    t.true(needs.length > 0, code);
  }
});

/** A network number as `/proc/net/route` has it on this machine. */
const hex = (address: string) => {
  const octets = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return (endianness() === 'LE' ? octets.reverse() : octets).join('').toUpperCase();
};
const line = (
  device: string,
  network: string,
  gateway: string,
  flags: string,
  metric: number,
  mask: string,
) => [device, hex(network), hex(gateway), flags, 0, 0, metric, hex(mask), 0, 0, 0].join('\t');

const routes = parseRoutes({
  route: [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    line('eth0', '0.0.0.0', '192.0.2.254', '0003', 100, '0.0.0.0'),
    line('eth0', '192.0.2.0', '0.0.0.0', '0001', 0, '255.255.255.0'),
    line('eth1', '10.1.0.0', '0.0.0.0', '0001', 20, '255.255.0.0'),
    line('eth2', '10.1.0.0', '0.0.0.0', '0001', 10, '255.255.0.0'),
    line('*', '10.1.5.0', '0.0.0.0', '0201', 0, '255.255.255.0'),
    '',
  ].join('\n'),
  fibTrie: `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
Local:
  +-- 10.0.0.0/8 2 0 2
     |-- 10.0.0.1
        /32 host LOCAL
     |-- 10.0.0.255
        /32 link BROADCAST
     |-- 10.9.0.0
        /24 host LOCAL
`,
  ipv6Route: `fd020000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth1
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd0200000000000000000000000000fe 00000400 00000001 00000000 00000003     eth1
fd090000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo
fd020000000000000000000000000000 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000003 00000000 80300001     eth1
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`,
});

test('the longest prefix wins, then the lowest metric', (t) => {
  t.is(findRoute(routes, '10.1.0.7')?.device, 'eth2');
  t.is(findRoute(routes, '192.0.2.7')?.gateway, undefined);
  t.is(findRoute(routes, '198.51.100.1')?.gateway, '192.0.2.254');
  t.is(findRoute(routes, '10.1.5.7'), undefined, 'refused');
  t.is(findRoute(routes, 'fd02::7')?.device, 'eth1');
  t.is(findRoute(routes, '2001:db8::1')?.gateway, 'fd02::fe');
});

test('addresses of the host are told from others', (t) => {
  for (const address of ['127.0.0.1', '127.5.0.1', '10.0.0.1', '10.9.0.77', 'fd09::1'])
    t.true(isLocal(routes, address), address);
  for (const address of ['10.0.0.2', '10.0.0.255', '10.9.1.1', '192.0.2.1', 'fd02::1'])
    t.false(isLocal(routes, address), address);
});

test('without another routing table nothing is uncertain', (t) => {
  t.false(isUncertain(routes, '10.0.0.1'));
  const more = parseRoutes({
    route: 'Iface\n',
    fibTrie:
      'Main:\n  |-- 10.0.0.1\n     /32 host LOCAL\nId 100:\n  |-- 10.7.0.1\n     /32 host LOCAL\n',
    ipv6Route: undefined,
  });
  t.true(isUncertain(more, '10.0.0.1'));
  t.false(isUncertain(more, 'fd09::1'));
  t.true(isLocal(more, '10.0.0.1'));
  t.false(isLocal(more, '10.7.0.1'));
  t.is(findRoute(more, '10.1.0.1'), undefined);
});

test('neighbours are read', (t) => {
  const neighbours =
    parseNeighbours(`IP address       HW type     Flags       HW address            Mask     Device
10.1.0.1         0x1         0x0         00:00:00:00:00:00     *        eth1
10.1.0.2         0x1         0x2         02:00:00:00:00:01     *        eth1
`);
  t.deepEqual(
    [...neighbours],
    [
      ['10.1.0.1', { answered: false, device: 'eth1' }],
      ['10.1.0.2', { answered: true, device: 'eth1' }],
    ],
  );
});

test('privileges are read', (t) => {
  const status = (effective: string) => `Name:\tnode\nCapEff:\t${effective}\nCapBnd:\t0\n`;
  const first = '         0          0 4294967295\n';
  t.deepEqual(parsePrivileges(status('000001ffffffffff'), first), {
    netAdmin: true,
    initialUserNamespace: true,
  });
  t.deepEqual(parsePrivileges(status('0000000000001000'), '0 1000 1\n'), {
    netAdmin: true,
    initialUserNamespace: false,
  });
  t.false(parsePrivileges(status('000001ffffffefff'), first).netAdmin);
  t.false(parsePrivileges('', first).netAdmin);
});

test('of a device and all devices the higher setting counts', async (t) => {
  const texts: Record<string, string> = {
    'ipv4/ip_forward': '0',
    'ipv4/conf/all/rp_filter': '1',
    'ipv4/conf/eth0.5/rp_filter': '2',
    'ipv4/conf/eth0.5/arp_ignore': '1',
  };
  const { forwarding, devices } = await readNetworkSettings(
    { setting: async (name) => texts[name] },
    ['eth0.5', 'eth1'],
  );
  t.deepEqual(forwarding, { ipv4: false, ipv6: undefined });
  t.deepEqual(devices.get('eth0.5'), { reversePathFilter: 2, arpIgnore: 1, arpAnnounce: 0 });
  t.deepEqual(devices.get('eth1'), { reversePathFilter: 1, arpIgnore: 0, arpAnnounce: 0 });
});

test('versions are compared by number', (t) => {
  const release = parseRelease('5.10.0-32-amd64');
  t.is(release.minor, 10);
  t.false(isBefore(release, 5, 9));
  t.false(isBefore(release, 5, 10));
  t.true(isBefore(release, 5, 11));
  t.true(isBefore(release, 7, 1));
  t.false(isBefore(parseRelease('7.2.0'), 7, 1));
});

test('a delay that only old kernels have is found there alone', (t) => {
  const sysctls = { conntrack: 1, conn_reuse_mode: 1 };
  t.deepEqual(codesOf({ sysctls, release: parseRelease('5.8.1') }), ['reuse-delay']);
  t.deepEqual(codesOf({ sysctls, release: parseRelease('5.9.0') }), []);
  t.deepEqual(
    codesOf({ sysctls: { ...sysctls, conntrack: 0 }, release: parseRelease('5.8.1') }),
    [],
  );
});

test('an installed module is to be loaded, another to be installed', (t) => {
  const release = parseRelease('6.1.0');
  const look = (installed: boolean | undefined) =>
    diagnose({ facts: { release, module: { loaded: false, installed } }, unknown: new Map() })
      .findings[0];
  t.is(look(true)?.command, 'modprobe ip_vs');
  t.is(look(undefined)?.command, 'modprobe ip_vs');
  t.is(look(false)?.command, undefined);
  t.regex(look(false)?.remedy ?? '', /Install/);
});

test('an interface that is gone is found', (t) => {
  const daemons = [{ role: 'master', interface: 'eth9', syncId: 0 }] as const;
  t.deepEqual(codesOf({ daemons, devices: [] }), ['sync-interface-down']);
  const device = { name: 'eth9', kind: '' };
  t.deepEqual(codesOf({ daemons, devices: [{ ...device, up: false }] }), ['sync-interface-down']);
  t.deepEqual(codesOf({ daemons, devices: [{ ...device, up: true }] }), []);
});

test('a check whose facts are unknown is not made, and it is said why', (t) => {
  const diagnosis = diagnose({ facts: {}, unknown: new Map([['services', 'EPERM']]) });
  t.deepEqual(diagnosis.checked, []);
  t.deepEqual(diagnosis.findings, []);
  t.is(diagnosis.omitted.length, checks.length);
  t.is(diagnosis.omitted.find(({ code }) => code === 'vip-not-local')?.reason, 'EPERM');
});

test('the report', (t) => {
  const { services } = snapshot([
    { protocol: 'tcp', address: '10.0.0.1', port: 80, destinations: [] },
  ]);
  const diagnosis = diagnose({
    facts: { services, sysctls: { conn_reuse_mode: 0, run_estimation: 1 } },
    unknown: new Map([['routes', 'this kernel does not tell']]),
  });
  t.snapshot(formatDiagnosis(diagnosis, (_, text) => text));
});

test('a report of nothing', (t) => {
  const text = formatDiagnosis({ findings: [], checked: ['a-b'], omitted: [] }, (_, each) => each);
  t.is(text, 'Nothing found by 1 check.\n');
});

test('commands are shown as they are typed outside', (t) => {
  const finding = (command: string): Finding => ({
    code: 'a-b',
    severity: 'error',
    seen: '',
    why: '',
    remedy: '',
    command,
  });
  const commandsFrom = (netns: string | undefined) =>
    withCommandsFrom([finding('ip link set a up'), finding('modprobe ip_vs')], netns).map(
      ({ command }) => command,
    );
  t.deepEqual(commandsFrom(undefined), ['ip link set a up', 'modprobe ip_vs']);
  t.is(commandsFrom('blue')[0], 'ip netns exec blue ip link set a up');
  t.is(commandsFrom('42')[0], 'nsenter --net=/proc/42/ns/net ip link set a up');
  t.is(commandsFrom('/run/x/net')[0], 'nsenter --net=/run/x/net ip link set a up');
  t.is(commandsFrom('blue')[1], 'modprobe ip_vs');
});

test('masqueraded destinations of TCP are connected to, each once', (t) => {
  const { services } = snapshot([
    {
      protocol: 'tcp',
      address: '10.0.0.1',
      port: 80,
      destinations: [{ address: '10.1.0.1' }, { address: '10.1.0.2', forward: 'direct' }],
    },
    { protocol: 'tcp', address: '10.0.0.2', port: 80, destinations: [{ address: '10.1.0.1' }] },
    { protocol: 'udp', address: '10.0.0.1', port: 53, destinations: [{ address: '10.1.0.1' }] },
    { fwmark: 7, destinations: [{ address: '10.1.0.1' }] },
  ]);
  t.deepEqual([...probeTargets(services)], ['10.1.0.1:80']);
});

test('whether a destination answers is found out', async (t) => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = await probe([`127.0.0.1:${port}`], 10_000);
  t.deepEqual([...open], [[`127.0.0.1:${port}`, undefined]]);
  server.close();
  await once(server, 'close');
  const closed = await probe([`127.0.0.1:${port}`], 10_000);
  t.is(closed.get(`127.0.0.1:${port}`), 'ECONNREFUSED');
});
