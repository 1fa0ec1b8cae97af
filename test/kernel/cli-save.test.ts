import { lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { runCommand } from './_cli.js';
import { runHere } from './_in-process.js';
import { makeNamespace, type Namespace } from './_namespace.js';

const web = 'tcp/192.0.2.1:80';

const webRules = `-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1 -x 9
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 3
`;

async function makeWeb({ ipvs }: Namespace): Promise<void> {
  await ipvs.addService({ protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'rr' });
  await ipvs.addDestination(web, { address: '10.0.0.1', upperThreshold: 9 });
  await ipvs.addDestination(web, { address: '10.0.0.2', forward: 'direct', weight: 3 });
}

async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'save-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}

test('what was saved as rules is brought back by a process of its own', async (t) => {
  const [from, to] = await Promise.all([makeNamespace(t), makeNamespace(t)]);
  await makeWeb(from);
  await from.ipvs.setTimeouts({ tcp: 77 });
  const saved = await runCommand(['save', '--netns', from.name]);
  t.is(saved.stderr, '');
  t.is(saved.status, 0);
  t.is(saved.stdout, `--set 77 120 300\n${webRules}`);
  const restored = await runCommand(['restore', '--netns', to.name], { input: saved.stdout });
  t.is(restored.stderr, '');
  t.is(restored.status, 0);
  t.regex(restored.stdout, /\+ tcp\/192\.0\.2\.1:80/);
  t.is((await runHere(to, ['save'])).stdout, saved.stdout);
  t.regex((await runHere(to, ['restore'], saved.stdout)).stdout, /^No changes\./);
});

for (const format of ['yaml', 'json'] as const) {
  test(`what was saved as ${format} is brought back, whatever its name`, async (t) => {
    const [from, to] = await Promise.all([makeNamespace(t), makeNamespace(t)]);
    await makeWeb(from);
    const saved = await runHere(from, ['save', '--format', format]);
    t.is(saved.status, 0);
    if (format === 'yaml') t.snapshot(saved.stdout);
    else t.like(JSON.parse(saved.stdout), { version: 1, timeouts: { tcp: 900 } });
    t.like(await runHere(to, ['restore', '-'], saved.stdout), { status: 0, stderr: '' });
    t.is((await runHere(to, ['save', '--format', format])).stdout, saved.stdout);
  });
}

test('a file is for its owner alone, and a link is replaced', async (t) => {
  const namespace = await makeNamespace(t);
  await makeWeb(namespace);
  const folder = await makeFolder(t);
  const [file, other] = [join(folder, 'rules'), join(folder, 'other')];
  await writeFile(other, 'untouched');
  await symlink(other, file);
  t.deepEqual(await runHere(namespace, ['save', '--output', file]), {
    status: 0,
    stdout: '',
    stderr: '',
  });
  t.true((await lstat(file)).isFile());
  t.is((await stat(file)).mode & 0o777, 0o600);
  t.true((await readFile(file, 'utf8')).endsWith(webRules));
  t.is(await readFile(other, 'utf8'), 'untouched');
  t.like(await runHere(namespace, ['save', '--output', folder]), { status: 1 });
});

test('a service that cannot be brought back is told of', async (t) => {
  const namespace = await makeNamespace(t);
  await makeWeb(namespace);
  await namespace.ipvsadm('-A', '-t', '0.0.0.0:80');
  const { status, stdout, stderr } = await runHere(namespace, ['save']);
  t.is(status, 1);
  t.true(stdout.endsWith(webRules));
  t.regex(stderr, /^ipvs: left out tcp\/0\.0\.0\.0:80: /);
});

test('nothing is taken away, unless that was asked for', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs } = namespace;
  await makeWeb(namespace);
  await ipvs.addService({ fwmark: 7 });
  const rules = '-C\n-A -t 192.0.2.1:80 -s wrr\n-a -t 192.0.2.1:80 -r 10.0.0.3 -m\n';
  const dry = await runHere(namespace, ['restore', '--exact', '--dry-run'], rules);
  t.is(dry.status, 0);
  t.regex(dry.stdout, /- fwmark\/7\/ipv4/);
  t.is((await ipvs.listServices()).length, 2);
  t.like(await runHere(namespace, ['restore'], rules), { status: 0, stderr: '' });
  t.is((await ipvs.getService(web))?.scheduler, 'wrr');
  t.deepEqual(
    (await ipvs.listDestinations(web)).map(({ id, weight, upperThreshold }) => [
      id,
      weight,
      upperThreshold,
    ]),
    [
      ['10.0.0.1:80', 1, 9],
      ['10.0.0.2:80', 3, 0],
      ['10.0.0.3:80', 1, 0],
    ],
  );
  t.is((await ipvs.listServices()).length, 2);
  t.like(await runHere(namespace, ['restore', '--exact'], rules), { status: 0, stderr: '' });
  t.deepEqual(
    (await ipvs.listDestinations(web)).map(({ id }) => id as string),
    ['10.0.0.3:80'],
  );
  t.is((await ipvs.listServices()).length, 1);
  const empty = await runHere(namespace, ['restore', '--exact'], '# nothing\n');
  t.is(empty.status, 1);
  t.regex(empty.stderr, /E_EMPTY_DESIRED/);
  t.is((await ipvs.listServices()).length, 1);
  const emptied = await runHere(namespace, ['restore', '--exact', '--allow-empty'], '');
  t.is(emptied.status, 0);
  t.deepEqual(await ipvs.listServices(), []);
});

test('what ipvsadm wrote is read, with names and comments', async (t) => {
  const [from, to] = await Promise.all([makeNamespace(t), makeNamespace(t)]);
  await from.ipvsadm('-A', '-t', '127.0.0.1:http', '-s', 'rr');
  await from.ipvsadm('-a', '-t', '127.0.0.1:http', '-r', '10.0.0.1', '-m');
  const named = await from.ipvsadm('-S');
  t.regex(named, /:http /);
  const input = `# saved by hand\n${named}\n-A -u 10.0.0.1:domain -s rr -p 60 ops\n`;
  t.like(await runHere(to, ['restore', '--from-ipvsadm'], input), { status: 0, stderr: '' });
  t.like(await to.ipvs.getService('udp/10.0.0.1:53'), { onePacket: true });
  await to.ipvs.removeService('udp/10.0.0.1:53');
  t.is(await to.ipvsadm('-Sn'), await from.ipvsadm('-Sn'));
});

const refuses = test.macro({
  async exec(t, words: readonly string[], input: string, ...lines: readonly string[]) {
    const nowhere = { name: 'no-such-namespace' };
    const { status, stdout, stderr } = await runHere(nowhere, ['restore', ...words], input);
    t.is(stderr, lines.map((line) => `${line}\n`).join(''));
    t.is(stdout, '');
    t.is(status, 1);
  },
  title: (title) => `${title} is an error that shows where`,
});

test(
  'a rule that cannot be read',
  refuses,
  [],
  '-C\n-a -t 10.0.0.1:80 -r 10.0.0.1 -w heavy\n',
  'standard input:2:34: error: illegal weight specified: expected a whole number from 0 to 2147483647, got "heavy"',
  '  2 | -a -t 10.0.0.1:80 -r 10.0.0.1 -w heavy',
  '    |                                  ^^^^^',
);
test(
  'a rule that comes to nothing',
  refuses,
  [],
  '-A -f 7\n -a -f 7 -r 224.0.0.1\n',
  'standard input:2:2: error E_ADDRESS_KIND: expected a unicast address, not a multicast one, got "224.0.0.1"',
  '  2 |  -a -f 7 -r 224.0.0.1',
  '    |  ^^^^^^^^^^^^^^^^^^^^',
);
test(
  'a document that is not YAML',
  refuses,
  ['--format', 'yaml'],
  'version: 1\nservices: [\n',
  'standard input:3:1: error: Flow sequence in block collection must be sufficiently indented and end with a ]',
  '  3 |',
  '    | ^',
);

test('a sync daemon is started, and never changed', async (t) => {
  const namespace = await makeNamespace(t);
  const { ipvs, run } = namespace;
  await run('sh', '-ec', 'ip link add sync0 up type dummy; ip address add 10.99.0.1/24 dev sync0');
  await ipvs.startSyncDaemon({ role: 'backup', interface: 'sync0', syncId: 5 });
  const saved = await runHere(namespace, ['save']);
  await ipvs.stopSyncDaemon('backup');
  const restored = await runHere(namespace, ['restore'], saved.stdout);
  t.is(restored.stderr, '');
  t.regex(restored.stdout, /^Start the backup sync daemon on sync0\.$/m);
  t.is((await runHere(namespace, ['save'])).stdout, saved.stdout);
  const other = saved.stdout.replace('--syncid 5', '--syncid 6');
  const refused = await runHere(namespace, ['restore'], other);
  t.is(refused.status, 1);
  t.regex(refused.stderr, /^ipvs: the backup sync daemon runs with other settings/);
  t.is((await runHere(namespace, ['save'])).stdout, saved.stdout);
  await ipvs.stopSyncDaemon('backup');
});

test('a plan for programs is JSON', async (t) => {
  const namespace = await makeNamespace(t);
  const { status, stdout } = await runHere(namespace, ['restore', '--json'], '-A -f 7 -s rr\n');
  t.is(status, 0);
  t.like(JSON.parse(stdout), { report: { ok: true, pending: 0 }, daemons: { start: [] } });
  t.is((await namespace.ipvs.listServices()).length, 1);
});
