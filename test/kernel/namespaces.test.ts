import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants, existsSync, mkdtempSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { Ipvs, IpvsError } from 'ipvs';
import { makeNamespace } from './_namespace.js';
import { runChild } from './_run-child.js';
import type { Counts } from './children/_counts.js';

function randomName(): string {
  return `t${randomBytes(4).toString('hex')}`;
}

test.serial('200 namespaces opened, used and closed leave nothing behind', async (t) => {
  const prefix = `${randomName()}-`;
  const batch = (verb: string) =>
    Array.from({ length: 200 }, (_, index) => `netns ${verb} ${prefix}${index}\n`).join('');
  execFileSync('ip', ['-batch', '-'], { input: batch('add') });
  t.teardown(() => execFileSync('ip', ['-batch', '-'], { input: batch('delete') }));
  const ended = await runChild('namespaces', [prefix, '200']);
  t.is(ended.stderr, '');
  t.is(ended.status, 0);
  const { before, after } = JSON.parse(ended.stdout) as { before: Counts; after: Counts };
  t.true(after.descriptors <= before.descriptors, ended.stdout);
  t.true(after.threads <= before.threads, ended.stdout);
});

test('a handle keeps its namespace while it is open, and no longer', async (t) => {
  const name = randomName();
  const device = `v${name.slice(1)}`;
  execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', [
    'link',
    'add',
    device,
    'type',
    'veth',
    'peer',
    'name',
    'inside',
    'netns',
    name,
  ]);
  const ipvs = await Ipvs.open({ netns: name });
  execFileSync('ip', ['netns', 'delete', name]);
  // The namespace has no name any more, but it is there: with it the pair of devices would go.
  await ipvs.addService({ protocol: 'tcp', address: '10.0.0.1', port: 80 });
  t.is((await ipvs.listServices()).length, 1);
  t.true(existsSync(`/sys/class/net/${device}`));
  await ipvs.close();
  const end = Date.now() + 20_000;
  while (existsSync(`/sys/class/net/${device}`) && Date.now() < end) await sleep(20);
  t.false(existsSync(`/sys/class/net/${device}`));
});

test('what is no network namespace is not opened, and the error says so', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-netns-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const link = join(folder, 'link');
  symlinkSync('/dev/tty', link);
  for (const netns of [
    pipe,
    link,
    folder,
    '/dev/zero',
    '/dev/full',
    '/etc/passwd',
    '/proc/self/ns/uts',
  ]) {
    const error = await t.throwsAsync(Ipvs.open({ netns }), { instanceOf: IpvsError }, netns);
    t.is(error?.reason, `the network namespace ${netns} is a file that is not a network namespace`);
    t.is(error?.code, 'EINVAL');
  }
  // Whoever waits for a reader of the pipe still waits.
  t.throws(() => openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK), { code: 'ENXIO' });
  // A link to a namespace is as good as the namespace.
  const good = join(folder, 'good');
  symlinkSync('/proc/self/ns/net', good);
  await (await Ipvs.open({ netns: good })).close();
});

test('a namespace that is gone, or may not be entered, is an error that says so', async (t) => {
  const { name } = await makeNamespace(t);
  const gone = randomName();
  execFileSync('ip', ['netns', 'add', gone]);
  execFileSync('ip', ['netns', 'delete', gone]);
  const error = await t.throwsAsync(Ipvs.open({ netns: gone }), { instanceOf: IpvsError });
  t.like(error, { code: 'ENOENT', operation: 'open', missing: 'namespace' });
  t.is(error?.reason, `the network namespace ${gone} does not exist`);

  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  // The project may be where nobody else may look.
  for (const list of ['+dac_read_search', '+dac_read_search,+net_admin']) {
    const through = [...nobody, `--inh-caps=${list}`, `--ambient-caps=${list}`];
    const ended = await runChild('open', [name], { through });
    t.is(ended.stderr, '');
    t.is(
      ended.stdout,
      `IpvsError: EPERM: open: the network namespace ${name} may not be entered: that needs CAP_SYS_ADMIN`,
    );
  }
});
