import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { Ipvs } from 'ipvs';
import { CommandLineError } from '#lib/rules/command-line-error.js';
import { readCommandLine } from '#lib/rules/read-command-line.js';
import type { Outcome } from '../unit/_cli.js';
import { commandFile, runCommand } from './_cli.js';
import { type DebianIpvsadm, startDebianIpvsadm } from './_debian-ipvsadm.js';
import { type Director, makeDirector } from './_director.js';
import { runOurs } from './_in-process.js';
import { anyLine, type Line } from './_ipvsadm-grammar.js';
import { makeNamespace, type Namespace } from './_namespace.js';

/** What is configured, without counters. */
async function configuration(ipvs: Ipvs): Promise<unknown> {
  const { services } = await ipvs.snapshot({ settings: false, addresses: false });
  const timeouts = await ipvs.timeouts();
  const plain = services.map(({ stats: _, destinations, ...service }) => ({
    ...service,
    destinations: destinations.map(({ stats: _, ...destination }) => destination),
  }));
  return { services: plain, timeouts };
}

/** A mask with holes is one that the library takes no part in. */
function hasDeliberateDifference({ words, input = '' }: Line): boolean {
  const lines = [words, ...input.split('\n').map((line) => line.trim().split(/\s+/))];
  return lines.some((line) => hasOddMask(line[0] === 'ipvsadm' ? line.slice(1) : line));
}

function hasOddMask(words: readonly string[]): boolean {
  try {
    const names = { host: () => '127.0.0.1', port: () => 53 };
    const read = readCommandLine(words, { names, lenient: false });
    if (read.kind !== 'command' || !('service' in read.command)) return false;
    const { service } = read.command;
    const mask =
      service !== undefined && 'persistence' in service && typeof service.persistence === 'object'
        ? service.persistence.netmask
        : undefined;
    return typeof mask === 'string' && !mask.startsWith('255.');
  } catch (error) {
    if (error instanceof CommandLineError) return false;
    throw error;
  }
}

/** Rules without what only ours have. */
function withoutThresholds({ stdout, ...rest }: Outcome): Outcome {
  return { ...rest, stdout: stdout.replaceAll(/^(-a .*?)((?: -[xy] \d+)+)/gm, '$1') };
}

/** The lines of a listing in an order of their own: of the kernel's nothing is known. */
function inAnyOrder({ stdout, ...rest }: Outcome): Outcome {
  return { ...rest, stdout: stdout.split('\n').sort().join('\n') };
}

interface Pair {
  readonly theirs: Namespace;
  readonly ours: Namespace;
  readonly debian: DebianIpvsadm;
}

async function makePair(t: ExecutionContext): Promise<Pair> {
  const [theirs, ours] = await Promise.all([makeNamespace(t), makeNamespace(t)]);
  return { theirs, ours, debian: startDebianIpvsadm(t, theirs) };
}

/** Runs a line with both and compares everything; answers whether they agreed. */
async function compare(
  t: ExecutionContext,
  { theirs, ours, debian }: Pair,
  { words, input }: Line,
): Promise<boolean> {
  const [expected, found] = await Promise.all([
    debian.run(words, input),
    runOurs(ours, words, input),
  ]);
  const line = JSON.stringify(input === undefined ? words : { words, input });
  const [before, after] = await Promise.all([configuration(theirs.ipvs), configuration(ours.ipvs)]);
  const ordered = line.includes('--nosort') ? inAnyOrder : (outcome: Outcome) => outcome;
  return (
    t.deepEqual(ordered(withoutThresholds(found)), ordered(expected), line) &&
    t.deepEqual(after, before, line)
  );
}

for (const seed of [1, 2]) {
  test.serial(
    `command lines of every kind do what they do with Debian's (seed ${seed})`,
    async (t) => {
      const pair = await makePair(t);
      const lines = fc
        .sample(anyLine, { numRuns: 250, seed })
        .filter((line) => !hasDeliberateDifference(line));
      t.true(lines.length > 200);
      for (const line of lines) if (!(await compare(t, pair, line))) return;
      const [expected, found] = await Promise.all(
        [pair.theirs, pair.ours].map(({ ipvsadm }) => ipvsadm('-Sn')),
      );
      t.is(found, expected);
      t.true((found ?? '').split('\n').length > 5);
    },
  );
}

const rules = `
-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 3
-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 70000 -x 100 -y 50
-a -t 192.0.2.1:80 -r 203.0.113.9:80 -g
-A -t 10.0.0.9:80 -s wlc -p
-A -t 172.16.0.1:443 -s sh -b sh-port,sh-fallback -p 50 -M 255.255.255.0
-A -u 255.255.255.254:65535 -s mh -b mh-fallback -o
-a -u 255.255.255.254:65535 -r 255.255.255.253:65535 -i --tun-type gue --tun-port 65535 --tun-remcsum
-A --sctp-service 192.0.2.1:9 -s fo -b flag-1,flag-3
-A -t [2001:db8::1]:80 -s rr -p 60 -M 64
-a -t [2001:db8::1]:80 -r [fd00:1111:2222:3333:4444:5555:6666:7777]:80 -i
-a -t [2001:db8::1]:80 -r 10.0.0.7:80 -i --tun-type gre --tun-csum
-A -u [2001:db8:1111:2222:3333:4444:5555:6666]:53 -s rr -o
-A -t [fd00::1]:80
-A -f 7 -s dh
-a -f 7 -r 10.0.0.1 -g -w 0
-a -f 7 -r 10.0.0.2:99 -m
-a -f 7 -r [fd00:1111:2222:3333:4444:5555:6666:7777]:0 -i --tun-type gue --tun-port 6080
-A -f 7 -6 -s rr
-A -f 2147483647 -s lc -p 2678400
`;

const listings = [
  '-Ln',
  '-L -n --exact',
  '-Ln --stats',
  '-Ln --stats --exact',
  '-Ln --rate',
  '-Ln --rate --exact',
  '-Ln --thresholds',
  '-Ln --persistent-conn',
  '-Ln --tun-info',
  '-Ln --timeout',
  '-Ln --daemon',
  '-Lnc',
  '-Lnc --persistent-conn',
  '-Ln --stats --rate --thresholds',
  '-Ln -t 192.0.2.1:80',
  '-Ln -t 192.0.2.1:80 --stats',
  '-Ln -t [2001:db8::1]:80 --tun-info',
  '-Ln -f 7 -6',
  '-Ln -t 192.0.2.2:80',
  '-L',
  '-L --stats',
  '-l -t 192.0.2.1:80 --tun-info',
  '-Lc',
  '',
];

/** Reads with Debian's before and after, until it says the same both times but for the time that passes. */
async function reads(
  t: ExecutionContext,
  namespace: Namespace,
  debian: DebianIpvsadm,
  line: string,
): Promise<void> {
  const words = line.split(' ').filter((word) => word !== '');
  const end = Date.now() + 60_000;
  for (;;) {
    const [before, found, after] = [
      split(await debian.run(words)),
      split(await runOurs(namespace, words)),
      split(await debian.run(words)),
    ];
    const isSteady = JSON.stringify(before.rest) === JSON.stringify(after.rest);
    if (!isSteady && Date.now() < end) continue;
    t.deepEqual(found.rest, after.rest, line);
    t.true(
      found.times.every(
        (time, index) => time <= (before.times[index] ?? 0) && time >= (after.times[index] ?? 0),
      ),
      line,
    );
    return;
  }
}

/** Takes the times that connections have left out of a listing, in seconds. */
function split({ stdout, ...rest }: Outcome): { rest: Outcome; times: number[] } {
  const times: number[] = [];
  const timeless = stdout.replaceAll(
    /^(\w+ +)(\d\d+):(\d\d)(?= )/gm,
    (_, start: string, minutes: string, seconds: string) => {
      times.push(Number(minutes) * 60 + Number(seconds));
      return `${start}${minutes.replaceAll(/\d/g, '-')}:--`;
    },
  );
  return { rest: { ...rest, stdout: timeless }, times };
}

test.serial("listings are byte for byte those of Debian's", async (t) => {
  const namespace = await makeNamespace(t);
  const debian = startDebianIpvsadm(t, namespace);
  const restored = await debian.run(['-R'], rules);
  t.deepEqual(restored, { status: 0, stdout: '', stderr: '' });
  for (const line of [...listings, '--set 100 0 5', '-Ln --timeout']) {
    await reads(t, namespace, debian, line);
  }
  const [expected, found] = [await debian.run(['-Sn']), await runOurs(namespace, ['-Sn'])];
  t.regex(found.stdout, / -x 100 -y 50$/m);
  t.deepEqual(withoutThresholds(found), expected);
  const [named, ownNamed] = [await debian.run(['-S']), await runOurs(namespace, ['-S'])];
  t.deepEqual(withoutThresholds(ownNamed), named);
});

const addresses = ['10.40.0.1', '10.40.0.2', '10.40.0.3', 'fd40::1', 'fd40::2'];

/** Packets that are counted, and connections of which other directors told. */
async function makeTraffic({ ipvs, send, tell }: Director): Promise<void> {
  await ipvs.addService({ protocol: 'udp', address: '10.40.0.1', port: 53, scheduler: 'rr' });
  await ipvs.addService({ protocol: 'udp', address: 'fd40::1', port: 53, persistence: true });
  await ipvs.addService({ fwmark: 7, persistence: { timeout: 300, netmask: 24 } });
  await ipvs.addDestination('udp/10.40.0.1:53', { address: '10.40.0.2' });
  await ipvs.addDestination('udp/10.40.0.1:53', { address: '10.40.0.3', port: 54 });
  await ipvs.addDestination('udp/[fd40::1]:53', { address: 'fd40::2' });
  await ipvs.addDestination('fwmark/7', { address: '10.40.0.3' });
  const from = (port: number) => ['10.40.0.2', port] as const;
  await send(
    ...Array.from({ length: 40 }, (_, index) => ({
      from: from(2000 + index),
      to: ['10.40.0.1', 53] as const,
      data: 'x'.repeat(index),
    })),
    { from: ['fd40::2', 3000], to: ['fd40::1', 53] },
    { from: from(3001), to: ['10.40.0.1', 99], mark: 7 },
  );
  const common = { client: ['192.0.2.7', 1234], destination: ['10.1.2.3', 80] } as const;
  const virtual = ['192.0.2.1', 80] as const;
  await tell(
    { client: '192.0.2.7' },
    { ...common, protocol: 6, virtual, state: 1, timeout: 900 },
    { ...common, protocol: 6, virtual: ['192.0.2.1', 443], state: 5, timeout: 6000 },
    { ...common, protocol: 132, virtual, state: 8 },
    { ...common, protocol: 17, virtual, template: true, engine: ['sip', 'call@192.0.2.7'] },
  );
}

test.serial("counters, rates and connections are byte for byte those of Debian's", async (t) => {
  const director = await makeDirector(t, { addresses });
  const debian = startDebianIpvsadm(t, director);
  await makeTraffic(director);
  const lines = listings.filter((line) => !line.includes('192.0.2') && !line.includes('2001'));
  for (const line of [...lines, '-Ln -u 10.40.0.1:53 --rate']) {
    await reads(t, director, debian, line);
  }
  const { stdout } = await runOurs(director, ['-Lnc', '--persistent-conn']);
  t.regex(stdout, /^UDP .* sip +call@192\.0\.2\.7$/m);
  t.regex(stdout, /^IP .* 0\.0\.0\.7:0 /m);
  await director.ipvs.stopSyncDaemon('backup');
});

test.serial('sync daemons are started, listed and stopped as by Debian', async (t) => {
  const pair = await makePair(t);
  for (const { run } of [pair.theirs, pair.ours]) {
    const commands = [
      'ip link add sync0 up type dummy',
      'ip address add 10.99.0.1/24 dev sync0',
      'ip -6 route add multicast ff00::/8 dev sync0 table local 2>/dev/null || true',
    ];
    await run('sh', '-ec', commands.join('\n'));
  }
  const lines = [
    '--start-daemon master',
    '--start-daemon master --mcast-interface sync0 --syncid 5 --mcast-ttl 3 --mcast-port 9000',
    '--start-daemon master --mcast-interface sync0',
    '-L --daemon',
    '--start-daemon backup --mcast-interface sync0 --sync-maxlen 2000 --mcast-group 239.1.2.3',
    '--start-daemon backup --mcast-interface sync0 --mcast-group 10.0.0.1',
    '--start-daemon backup --mcast-interface sync0 --mcast-group fd00::1',
    '--start-daemon backup --syncid 256',
    '--start-daemon backup --sync-maxlen 65508',
    '--start-daemon neither',
    '--start-daemon backup --mcast-interface this-name-is-too-long',
    '-l --daemon',
    '--stop-daemon master --syncid 5',
    '--stop-daemon master',
    '--stop-daemon backup --mcast-ttl 3',
    '--stop-daemon backup',
    '-L --daemon -n',
  ];
  for (const line of lines) if (!(await compare(t, pair, { words: line.split(' ') }))) return;
  t.deepEqual(await pair.ours.ipvs.syncDaemons(), []);
});

test.serial('what cannot be said by Debian is said', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  await ipvs.addService({ fwmark: 4_000_000_000, scheduler: 'sh', schedulerFlags: ['flag-3'] });
  await ipvs.addDestination('fwmark/4000000000', { address: '10.0.0.1', upperThreshold: 9 });
  const saved = await runOurs(namespace, ['-Sn']);
  t.is(
    saved.stdout,
    '-A -f 4000000000 -s sh -b flag-3\n-a -f 4000000000 -r 10.0.0.1:0 -m -w 1 -x 9\n',
  );
  t.regex(await namespace.ipvsadm('-Sn'), /^-A -f -294967296 -s sh -b\s*$/m);
  const before = await configuration(ipvs);
  const restored = await runOurs(namespace, ['-R'], `-C\n# saved\n${saved.stdout}`);
  t.deepEqual(restored, { status: 0, stdout: '', stderr: '' });
  t.deepEqual(await configuration(ipvs), before);
});

test.serial('what the library does not do is refused, and nothing done', async (t) => {
  const namespace = await makeNamespace(t);
  const lines = [
    '-A -t 0.0.0.0:80',
    '-A -t [::ffff:10.0.0.1]:80',
    '-A -t 10.0.0.1:80 -p -M 255.0.255.0',
    '-A -u 10.0.0.1:80 --pe sip',
    '-A -t 10.0.0.1:80 -p --pe sip',
  ];
  for (const line of lines) {
    const { status, stdout, stderr } = await runOurs(namespace, line.split(' '));
    t.is(status, 2, line);
    t.is(stdout, '', line);
    t.not(stderr, '', line);
  }
  t.deepEqual(await namespace.ipvs.listServices(), []);
});

test.serial('help and version say what they are', async (t) => {
  const nowhere = { name: 'no-such-namespace' };
  const help = await runOurs(nowhere, ['--help']);
  t.is(help.status, 0);
  t.regex(help.stdout, /^ipvsadm v1\.31 .*\n\nUsage:\n/);
  t.deepEqual(await runOurs(nowhere, ['-v']), {
    status: 0,
    stdout: `${help.stdout.split('\n')[0]}\n`,
    stderr: '',
  });
  const { status, stderr } = await runOurs(nowhere, ['-Ln']);
  t.is(status, 2);
  t.regex(stderr, /^Can't initialize ipvs: /);
});

test.serial('a link of the name is ipvsadm', async (t) => {
  const namespace = await makeNamespace(t);
  const folder = await mkdtemp(join(tmpdir(), 'link-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const link = join(folder, 'ipvsadm');
  await symlink(commandFile, link);
  const runLink = (words: string, input?: string) =>
    runCommand(words.split(' '), {
      ...(input === undefined ? {} : { input }),
      through: ['ip', 'netns', 'exec', namespace.name],
      file: link,
    });
  t.like(await runLink('-A -t 10.0.0.1:80 -s rr'), { status: 0, stdout: '', stderr: '' });
  t.like(await runLink('-A -t 10.0.0.1:80'), { status: 255, stderr: 'Service already exists\n' });
  t.like(await runLink('-A -t'), { status: 255, stderr: '-t: missing argument\n' });
  t.like(await runLink('-A -s rr'), { status: 2 });
  t.like(await runLink('-R', '-a -t 10.0.0.1:80 -r 10.1.0.1 -m\n-a -f 7 -r 10.1.0.1\n-Z'), {
    status: 0,
    stderr: 'Service not defined\n',
  });
  t.is((await runLink('-Ln')).stdout, await namespace.ipvsadm('-Ln'));
});
