import { existsSync, readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { checks } from '#lib/cli/doctor/checks.js';
import type { Diagnosis } from '#lib/cli/doctor/diagnose.js';
import { commandFile, runCommand } from './_cli.js';
import { makeDirector } from './_director.js';
import { examine, namesOf } from './_doctor.js';
import { eventually } from './_eventually.js';
import { ip } from './_ip.js';
import { largeTable } from './_large-table.js';
import { labModprobe, run as runHere, unloadIpvs } from './_modprobe.js';
import { makeNamespace, type Namespace } from './_namespace.js';
import { addDestinationOverOptions, addOverOptions } from './_old-interface.js';
import { runAsOrdinaryUser } from './_ordinary-user.js';
import { writeSettings } from './_settings.js';
import { skip } from './_skip.js';

const virtual = '10.0.0.1';
const server = '10.1.0.1';
const web = `tcp/${virtual}:80`;

/** A director that has nothing wrong: clients in front of it, a server behind it. */
async function makeHealthy(t: ExecutionContext): Promise<Namespace> {
  const namespace = await makeNamespace(t);
  await ip(namespace, [
    'link add front up type veth peer name client',
    'link set client up',
    'address add 192.0.2.1/24 dev front',
    'link add back up type veth peer name servers',
    'link set servers up',
    'address add 10.1.0.254/24 dev back',
    `address add ${virtual}/32 dev lo`,
  ]);
  await setNetwork(namespace, 'ipv4/ip_forward', '1');
  await addWeb(namespace);
  return namespace;
}

async function addWeb({ ipvs }: Namespace): Promise<void> {
  await ipvs.addService({ protocol: 'tcp', address: virtual, port: 80, scheduler: 'wlc' });
  await ipvs.addDestination(web, { address: server, port: 8080 });
}

/** Writes a sysctl of the network. */
async function setNetwork({ run }: Namespace, name: string, value: string): Promise<void> {
  await run('sh', '-c', 'echo "$2" > "/proc/sys/net/$1"', 'sh', name, value);
}

/** Sends one datagram from the namespace to an address and port. */
async function datagram({ run }: Namespace, address: string, port: number): Promise<void> {
  await run('bash', '-c', `echo x > /dev/udp/${address}/${port}`);
}

/** The command line of the doctor in the namespace that it is run in. */
function doctorHere(...words: readonly string[]): string[] {
  return [process.execPath, commandFile, 'doctor', ...words];
}

/** Something that goes wrong, and how it is put right. */
interface Trial {
  /** What is found then, and nothing else. */
  readonly finds: readonly string[];
  provoke(namespace: Namespace): Promise<unknown>;
  heal(namespace: Namespace): Promise<unknown>;
  /** A setting of IPVS that not every kernel has. */
  readonly sysctl?: string;
}

const setting = (name: string, bad: string, good: string) => ({
  provoke: (namespace: Namespace) => writeSettings(namespace, [[name, bad]]),
  heal: (namespace: Namespace) => writeSettings(namespace, [[name, good]]),
});

const dns = `udp/${virtual}:53`;

const trials: readonly Trial[] = [
  {
    finds: ['no-services'],
    provoke: ({ ipvs }) => ipvs.flush(),
    heal: addWeb,
  },
  {
    finds: [`service-without-scheduler ${web}`],
    provoke: ({ ipvsadm }) => ipvsadm('-E', '-t', `${virtual}:80`, '-s', 'none'),
    heal: ({ ipvsadm }) => ipvsadm('-E', '-t', `${virtual}:80`, '-s', 'wlc'),
  },
  {
    finds: [`service-without-destinations ${web}`],
    provoke: ({ ipvs }) => ipvs.removeDestination(web, `${server}:8080`),
    heal: ({ ipvs }) => ipvs.addDestination(web, { address: server, port: 8080 }),
  },
  {
    finds: [`service-without-capacity ${web}`],
    provoke: ({ ipvs }) => ipvs.updateDestination(web, `${server}:8080`, { weight: 0 }),
    heal: ({ ipvs }) => ipvs.updateDestination(web, `${server}:8080`, { weight: 1 }),
  },
  {
    finds: [`port-zero-unscheduled tcp/${virtual}:0`],
    provoke: async (namespace) => {
      await addOverOptions(namespace, {
        protocol: 6,
        address: virtual,
        scheduler: 'rr',
        flags: 0,
      });
      await namespace.ipvs.addDestination(`tcp/${virtual}:0`, { address: server, port: 0 });
    },
    heal: ({ ipvs }) => ipvs.removeService(`tcp/${virtual}:0`),
  },
  {
    finds: [`vip-not-local ${web}`],
    provoke: (namespace) => ip(namespace, [`address delete ${virtual}/32 dev lo`]),
    // A whole network that is local will do as well.
    heal: (namespace) => ip(namespace, ['route add local 10.0.0.0/24 dev lo']),
  },
  {
    finds: ['forwarding-off'],
    provoke: (namespace) => setNetwork(namespace, 'ipv4/ip_forward', '0'),
    heal: (namespace) => setNetwork(namespace, 'ipv4/ip_forward', '1'),
  },
  {
    finds: [`destination-port-unused ${web} -> ${server}:8081`],
    provoke: (namespace) =>
      addDestinationOverOptions(
        namespace,
        { address: virtual, port: 80 },
        { address: server, port: 8081, forward: 3 },
      ),
    heal: ({ ipvs }) => ipvs.removeDestination(web, `${server}:8081`),
  },
  {
    finds: [`destination-loopback ${web} -> 127.0.0.1:8080`],
    provoke: ({ ipvs }) => ipvs.addDestination(web, { address: '127.0.0.1', port: 8080 }),
    heal: ({ ipvs }) => ipvs.removeDestination(web, '127.0.0.1:8080'),
  },
  {
    finds: ['destination-unroutable 203.0.113.9'],
    provoke: ({ ipvs }) => ipvs.addDestination(web, { address: '203.0.113.9', port: 8080 }),
    heal: (namespace) => ip(namespace, ['route add 203.0.113.0/24 via 10.1.0.5']),
  },
  {
    finds: ['destination-unresolved 203.0.113.9'],
    provoke: (namespace) => ip(namespace, ['neighbour replace 10.1.0.5 dev back nud failed']),
    heal: ({ ipvs }) => ipvs.removeDestination(web, '203.0.113.9:8080'),
  },
  {
    finds: [`destination-unresolved ${server}`],
    provoke: (namespace) => ip(namespace, [`neighbour replace ${server} dev back nud failed`]),
    heal: (namespace) =>
      ip(namespace, [
        `neighbour replace ${server} dev back lladdr 02:00:00:00:00:01 nud permanent`,
      ]),
  },
  {
    finds: ['destination-beside-clients tcp/192.0.2.50:80 -> 192.0.2.60:8080'],
    provoke: async (namespace) => {
      await ip(namespace, ['address add 192.0.2.50/32 dev lo']);
      const { ipvs } = namespace;
      const service = 'tcp/192.0.2.50:80';
      await ipvs.addService({ protocol: 'tcp', address: '192.0.2.50', port: 80 });
      await ipvs.addDestination(service, { address: '192.0.2.60', port: 8080 });
    },
    heal: ({ ipvs }) => ipvs.removeService('tcp/192.0.2.50:80'),
  },
  {
    finds: [`one-packet-masquerade udp/${virtual}:5000 -> ${server}:5000`],
    provoke: async ({ ipvs }) => {
      const service = { protocol: 'udp', address: virtual, port: 5000, onePacket: true } as const;
      await ipvs.setSysctl('expire_nodest_conn', 1);
      await ipvs.addService(service);
      await ipvs.addDestination(service, { address: server });
    },
    heal: ({ ipvs }) => ipvs.removeService(`udp/${virtual}:5000`),
  },
  {
    finds: ['removed-flows-dropped'],
    provoke: async ({ ipvs }) => {
      await ipvs.setSysctl('expire_nodest_conn', 0);
      await ipvs.addService({
        protocol: 'udp',
        address: virtual,
        port: 53,
        persistence: { timeout: 600 },
      });
      await ipvs.addDestination(dns, { address: server });
      await ipvs.addDestination(dns, { address: '10.1.0.2', weight: 0 });
    },
    heal: ({ ipvs }) => ipvs.setSysctl('expire_nodest_conn', 1),
  },
  {
    finds: [`service-overloaded ${dns}`],
    provoke: async (namespace) => {
      const { ipvs } = namespace;
      await datagram(namespace, virtual, 53);
      await ipvs.updateDestination(dns, `${server}:53`, { upperThreshold: 1 });
    },
    heal: ({ ipvs }) => ipvs.updateDestination(dns, `${server}:53`, { upperThreshold: 0 }),
  },
  {
    finds: [`quiescent-clients-stay ${dns} -> ${server}:53`],
    provoke: async ({ ipvs }) => {
      await ipvs.updateDestination(dns, '10.1.0.2:53', { weight: 1 });
      await ipvs.updateDestination(dns, `${server}:53`, { weight: 0 });
    },
    heal: ({ ipvs }) => ipvs.setSysctl('expire_quiescent_template', 1),
  },
  {
    finds: [`sip-engine-missing udp/${virtual}:5060`],
    provoke: async ({ ipvs }) => {
      await ipvs.removeService(dns);
      const service = { protocol: 'udp', address: virtual, port: 5060 } as const;
      await ipvs.addService({ ...service, persistence: true });
      await ipvs.addDestination(service, { address: server });
    },
    heal: ({ ipvs }) =>
      ipvs.updateService(`udp/${virtual}:5060`, { persistence: { engine: 'sip' } }),
  },
  {
    finds: ['estimation-stopped'],
    ...setting('run_estimation', '0', '1'),
    sysctl: 'run_estimation',
  },
  { finds: ['estimation-stopped'], ...setting('est_cpulist', '', '0'), sysctl: 'est_cpulist' },
  { finds: ['reuse-mode-off'], ...setting('conn_reuse_mode', '0', '1') },
  { finds: ['drops-always drop_entry'], ...setting('drop_entry', '3', '0') },
  { finds: ['drops-always drop_packet'], ...setting('drop_packet', '3', '0') },
  {
    finds: ['tcp-timeout-short'],
    provoke: ({ ipvs }) => ipvs.setTimeouts({ tcp: 59 }),
    heal: ({ ipvs }) => ipvs.setTimeouts({ tcp: 60 }),
  },
  {
    finds: ['reverse-path-filter tunnel'],
    provoke: async (namespace) => {
      await ip(namespace, [
        'link add tunnel up type ipip local 10.1.0.254 remote 10.1.0.1',
        `address add ${virtual}/32 dev tunnel`,
      ]);
      await setNetwork(namespace, 'ipv4/conf/tunnel/rp_filter', '1');
    },
    heal: (namespace) => setNetwork(namespace, 'ipv4/conf/tunnel/rp_filter', '2'),
  },
  {
    finds: ['sync-interface-down backup', 'backup-answers-arp'].sort(),
    provoke: async (namespace) => {
      await ip(namespace, ['link add sync up type dummy', 'address add 10.2.0.1/24 dev sync']);
      await namespace.ipvs.startSyncDaemon({ role: 'backup', interface: 'sync' });
      await ip(namespace, ['link set sync down']);
    },
    heal: async (namespace) => {
      await ip(namespace, ['link set sync up']);
      await setNetwork(namespace, 'ipv4/conf/all/arp_ignore', '1');
    },
  },
  { finds: ['balancing-suspended'], ...setting('backup_only', '1', '0') },
];

/** What the tests below provoke by other means. */
const provokedElsewhere = [
  'connection-table-crowded',
  'destination-no-answer',
  'ftp-helper-missing',
  'module-missing',
  'privilege-missing',
  'user-namespace',
];

/** There is no kernel here that is old enough. */
const ofOldKernels = ['reuse-delay'];

test.serial('there is a trial for everything that is looked for', (t) => {
  const tried = trials.flatMap(({ finds }) => finds.map((name) => name.split(' ')[0] ?? ''));
  t.deepEqual(
    [...new Set([...tried, ...provokedElsewhere, ...ofOldKernels])].sort(),
    checks.map(({ code }) => code).sort(),
  );
});

test.serial('each trouble is found while it is there, alone, and no longer', async (t) => {
  t.timeout(300_000);
  const namespace = await makeHealthy(t);
  const { name } = namespace;
  const healthy = await examine(name);
  t.deepEqual(namesOf(healthy), []);
  t.deepEqual(
    healthy.omitted.map(({ code }) => code),
    ['destination-no-answer'],
  );
  for (const { finds, provoke, heal, sysctl } of trials) {
    if (sysctl !== undefined && !(sysctl in (await namespace.ipvs.sysctls()))) {
      t.log(`not tried: ${sysctl}, which this kernel does not have`);
      continue;
    }
    await provoke(namespace);
    // What was healed before would be found here as well.
    t.deepEqual(namesOf(await examine(name)), [...finds], `while ${finds}`);
    await heal(namespace);
  }
  t.deepEqual(namesOf(await examine(name)), []);
});

test.serial('without the helper for FTP its absence is found, and it is not loaded', async (t) => {
  const namespace = await makeHealthy(t);
  const { ipvs, name } = namespace;
  const service = { protocol: 'tcp', address: virtual, port: 21 } as const;
  const modules = () => readFileSync('/proc/modules', 'utf8');
  if (modules().includes('ip_vs_ftp ')) await runHere('rmmod', ['ip_vs_ftp']);
  await ipvs.addService(service);
  await ipvs.addDestination(service, { address: server });
  t.deepEqual(namesOf(await examine(name)), [`ftp-helper-missing tcp/${virtual}:21`]);
  t.false(modules().includes('ip_vs_ftp '));
  await runHere(labModprobe(), ['ip_vs_ftp']);
  t.deepEqual(namesOf(await examine(name)), []);
  await ipvs.removeService(service);
  await runHere('rmmod', ['ip_vs_ftp']);
});

test.serial('IPv6 is looked at as IPv4 is', async (t) => {
  const namespace = await makeHealthy(t);
  const { ipvs, name } = namespace;
  if (!ipvs.capabilities.ipv6) return skip(t, 'IPv6');
  const service = { protocol: 'tcp', address: 'fd09::1', port: 80 } as const;
  await ipvs.addService(service);
  await ipvs.addDestination(service, { address: 'fd02::1', port: 8080 });
  t.deepEqual(namesOf(await examine(name)), [
    'destination-unroutable fd02::1',
    'forwarding-off',
    'vip-not-local tcp/[fd09::1]:80',
  ]);
  await ip(namespace, [
    'address add fd09::1/128 dev lo nodad',
    'address add fd02::254/64 dev back nodad',
  ]);
  await setNetwork(namespace, 'ipv6/conf/all/forwarding', '1');
  t.deepEqual(namesOf(await examine(name)), []);
  await ip(namespace, ['route add unreachable fd02::1/128']);
  t.deepEqual(namesOf(await examine(name)), ['destination-unroutable fd02::1']);
});

test.serial('more connections than the table is made for are found', async (t) => {
  const director = await makeDirector(t, { addresses: [largeTable.virtual[0]] });
  const { ipvs, name } = director;
  const { connectionTableSize: size } = await ipvs.info();
  const grows = existsSync('/proc/net/ip_vs_status');
  // A table that grows is never crowded for long.
  await director.tellLargeTable(grows ? 2000 : size * 4 + 100);
  const found = namesOf(await examine(name));
  t.is(found.includes('connection-table-crowded'), !grows, found.join());
  await ipvs.flush();
  t.false(namesOf(await examine(name)).includes('connection-table-crowded'));
});

test.serial('the command says what it found, and exits accordingly', async (t) => {
  const namespace = await makeHealthy(t);
  const { ipvs, name, run } = namespace;
  const healthy = await runCommand(['doctor', '--netns', name, '--strict']);
  t.is(healthy.stderr, '');
  t.regex(healthy.stdout, /^Nothing found by \d+ checks\.$/m);
  t.is(healthy.status, 0);

  await ipvs.setSysctl('conn_reuse_mode', 0);
  const lax = await runCommand(['doctor', '--netns', name, '--json']);
  t.is(lax.status, 0, 'a warning is no failure');
  const { findings } = JSON.parse(lax.stdout) as Diagnosis;
  t.deepEqual(
    findings.map(({ code }) => code),
    ['reuse-mode-off'],
  );
  t.is(findings[0]?.command, `ip netns exec ${name} sysctl -w net.ipv4.vs.conn_reuse_mode=1`);
  // The remedy is what it says.
  await runHere('sh', ['-c', findings[0]?.command ?? 'false']);
  t.is((await ipvs.sysctls())['conn_reuse_mode'], 1);

  await ipvs.setSysctl('conn_reuse_mode', 0);
  t.is((await runCommand(['doctor', '--netns', name, '--strict'])).status, 1);
  await ipvs.setSysctl('conn_reuse_mode', 1);

  // Inside the namespace, whether servers answer can be tried; this one is the host itself.
  await ipvs.addDestination(web, { address: '10.1.0.254', port: 9 });
  await ipvs.removeDestination(web, `${server}:8080`);
  const probed = JSON.parse(
    await run('sh', '-c', '"$@" || [ $? = 1 ]', 'sh', ...doctorHere('--probe', '2000', '--json')),
  ) as Diagnosis;
  t.deepEqual(namesOf(probed), [`destination-no-answer ${web} -> 10.1.0.254:9`]);
  t.regex(probed.findings[0]?.seen ?? '', /ECONNREFUSED/);

  const nowhere = await runCommand(['doctor', '--netns', 'not-there']);
  t.is(nowhere.status, 1);
  t.is(nowhere.stdout, '');
  t.regex(nowhere.stderr, /^ipvs: .*not-there/);
});

test.serial('who may not look is told so', async (t) => {
  const names = async (namespaces: boolean) =>
    namesOf(JSON.parse(await runAsOrdinaryUser(t, 'doctor', [], { namespaces })) as Diagnosis);
  t.deepEqual(await names(false), ['privilege-missing']);
  const inside = await names(true);
  t.true(inside.includes('user-namespace'), inside.join());
  t.false(inside.includes('privilege-missing'));
});

test.serial('a module that is not loaded is found, and not loaded', async (t) => {
  await unloadIpvs(t);
  t.teardown(() => runHere(labModprobe(), ['ip_vs']));
  const { findings, omitted } = await examine();
  t.is(findings[0]?.code, 'module-missing');
  t.true(omitted.some(({ code }) => code === 'vip-not-local'));
  t.false(/^ip_vs /m.test(readFileSync('/proc/modules', 'utf8')));
  await runHere(labModprobe(), ['ip_vs']);
  const found = await eventually(
    () => examine(),
    (diagnosis) => !namesOf(diagnosis).includes('module-missing'),
  );
  t.false(namesOf(found).includes('module-missing'));
});
