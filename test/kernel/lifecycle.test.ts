import { execFile } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import test from 'ava';
import { Ipvs, IpvsError } from 'ipvs';
import { makeNamespace } from './_namespace.js';
import { runChild } from './_run-child.js';
import type { Counts } from './children/_counts.js';

const leavesNothing = test.macro(async (t, name: string) => {
  const ended = await runChild(name, [], { flags: ['--expose-gc'] });
  t.is(ended.stderr, '');
  t.is(ended.status, 0);
  const { before, after } = JSON.parse(ended.stdout) as { before: Counts; after: Counts };
  t.true(after.descriptors <= before.descriptors, ended.stdout);
  t.true(after.threads <= before.threads, ended.stdout);
});

test.serial(
  '250 handles opened and closed leave no descriptor and no thread behind',
  leavesNothing,
  'open-and-close',
);
test.serial(
  '60 handles forgotten without closing leave nothing once collected',
  leavesNothing,
  'forget',
);
test.serial(
  '24 worker threads ended in the middle of their calls leave nothing behind',
  leavesNothing,
  'terminate-workers',
);

for (const [way, description] of [
  ['exit', 'exit with calls under way'],
  ['exit-later', 'exit a turn later'],
  ['unclosed', 'end with an idle handle open'],
  ['close', 'close with calls under way'],
] as const) {
  test.serial(`a process can ${description}`, async (t) => {
    const { name } = await makeNamespace(t);
    t.truthy(name);
    const ended = await runChild('leave', [way]);
    t.is(ended.stderr, '');
    t.is(ended.status, 7);
    t.is(ended.signal, null);
  });
}

test.serial(
  'a process can be ended by an exception or a signal with calls under way',
  async (t) => {
    const thrown = await runChild('leave', ['throw']);
    t.is(thrown.status, 1);
    t.regex(thrown.stderr, /thrown on purpose/);
    t.is((await runChild('leave', ['kill'])).signal, 'SIGTERM');
    const ipvs = await Ipvs.open();
    await ipvs.flush();
    await ipvs.close();
  },
);

test('closing rejects what is pending and what comes later, and can be done twice', async (t) => {
  const { ipvs, open } = await makeNamespace(t);
  const service = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
  await ipvs.addService(service);
  const pending = [
    ipvs.listServices(),
    ipvs.setService(service),
    ipvs.updateService(service, { scheduler: 'rr' }),
    ipvs.listDestinations(service),
    ipvs.timeouts(),
  ];
  const outcomes = Promise.allSettled(pending);
  const closed = ipvs.close();
  t.is(ipvs.close(), closed);
  for (const outcome of await outcomes) {
    t.is(outcome.status, 'rejected');
    const reason = outcome.status === 'rejected' ? outcome.reason : undefined;
    t.true(reason instanceof IpvsError);
    t.is(reason.code, 'ERR_IPVS_CLOSED');
    t.is(reason.errno, undefined);
  }
  await closed;
  await t.throwsAsync(ipvs.info(), { code: 'ERR_IPVS_CLOSED' });
  // What is wrong with a call is found before anything else.
  await t.throwsAsync(ipvs.addService({ ...service, port: 65536 }), {
    code: 'ERR_IPVS_INVALID_VALUE',
  });
  await ipvs[Symbol.asyncDispose]();
  t.is((await (await open()).listServices()).length, 1);
});

test('a handle closes by itself at the end of its block', async (t) => {
  const { open } = await makeNamespace(t);
  let kept: Ipvs;
  {
    await using ipvs = await open();
    kept = ipvs;
    t.is((await ipvs.info()).version, '1.2.1');
  }
  await t.throwsAsync(kept.info(), { code: 'ERR_IPVS_CLOSED' });
});

test('a program started while a handle is open inherits none of its descriptors', async (t) => {
  const { ipvs } = await makeNamespace(t);
  await ipvs.info();
  const open = readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`));
  t.true(
    open.some((target) => target.includes('eventfd')),
    open.join(),
  );
  const listed = await new Promise<string>((resolve, reject) => {
    execFile('ls', ['/proc/self/fd'], (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
  // Its three streams, and the folder it reads.
  t.deepEqual(listed.trim().split('\n'), ['0', '1', '2', '3']);
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

test('a handle works in its own namespace and moves neither the thread nor the process', async (t) => {
  const here = readlinkSync('/proc/thread-self/ns/net');
  const process = readlinkSync('/proc/self/ns/net');
  const one = await makeNamespace(t);
  const two = await makeNamespace(t);
  await one.ipvs.addService({ protocol: 'tcp', address: '192.0.2.1', port: 80 });
  t.deepEqual(await two.ipvs.listServices(), []);
  const byPath = await one.open({ netns: `/run/netns/${one.name}` });
  t.is((await byPath.listServices()).length, 1);
  t.is(readlinkSync('/proc/thread-self/ns/net'), here);
  t.is(readlinkSync('/proc/self/ns/net'), process);
});

test('a namespace can be named by the pid of a process in it', async (t) => {
  const { name, ipvs, open } = await makeNamespace(t);
  await ipvs.addService({ fwmark: 3 });
  const sleeper = execFile('ip', ['netns', 'exec', name, 'sleep', '60']);
  t.teardown(() => sleeper.kill('SIGKILL'));
  // ip moves into the namespace and becomes sleep.
  const pid = sleeper.pid as number;
  const own = readlinkSync('/proc/self/ns/net');
  while (readlinkSync(`/proc/${pid}/ns/net`) === own)
    await new Promise((resolve) => setTimeout(resolve, 5));
  t.is((await (await open({ netns: pid })).listServices()).length, 1);
});

test('a namespace that is not there, or is none, is named in the error', async (t) => {
  const missing = await t.throwsAsync(Ipvs.open({ netns: 'no-such-namespace' }), {
    instanceOf: IpvsError,
  });
  t.is(missing?.code, 'ENOENT');
  t.is(missing?.operation, 'open');
  t.is(missing?.missing, 'namespace');
  t.is(missing?.reason, 'the network namespace no-such-namespace does not exist');
  const wrong = await t.throwsAsync(Ipvs.open({ netns: '/proc/self/status' }), {
    instanceOf: IpvsError,
  });
  t.is(wrong?.code, 'EINVAL');
  t.regex(wrong?.reason ?? '', /not a network namespace/);
  const pid = await t.throwsAsync(Ipvs.open({ netns: 2 ** 31 - 1 }), { instanceOf: IpvsError });
  t.is(pid?.code, 'ENOENT');
});

test('without the privilege the kernel refuses, and the error names it', async (t) => {
  const run = async (args: readonly string[]) => {
    const ended = await runChild('open', [], { through: ['setpriv', ...args] });
    return ended.stderr + ended.stdout;
  };
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  // The project may be where nobody else may look.
  const withCapabilities = (list: string) =>
    run([...nobody, `--inh-caps=${list}`, `--ambient-caps=${list}`]);
  t.is(
    await withCapabilities('+dac_read_search'),
    'IpvsError: EPERM: open: that needs CAP_NET_ADMIN in the initial user namespace: run as root, or grant the capability to the process',
  );
  t.is(await withCapabilities('+dac_read_search,+net_admin'), 'done');
});
