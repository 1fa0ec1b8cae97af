import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { lab, leftovers, leftoversAtLast, load, makeTemporary, root } from './_lab.js';

const shell = (script: string, ...words: string[]) => ['--', 'sh', '-c', script, ...words];
const bare = (script: string) => ['--no-modules', ...shell(script)];

const ends = test.macro({
  async exec(t, command: readonly string[], status: number) {
    const result = await lab(t, { arguments: ['--no-modules', ...command] });
    t.is(result.status, status, result.stderr);
  },
  title: (title = '') => `the exit status is the command's: ${title}`,
});

test('42', ends, shell('exit 42'), 42);
test('137 for one that kills itself', ends, ['bash', '-c', 'kill -KILL $$'], 137);
test('127 for one that is not there', ends, ['no-such-command'], 127);
test('126 for one that is no program', ends, ['/etc/passwd'], 126);

test('output is passed on byte for byte, each stream to its own', async (t) => {
  const script = `
    const bytes = Buffer.from(Uint8Array.from({ length: 2 ** 20 }, (_, index) => index * index));
    process.stdout.write(bytes);
    process.stderr.write('a word\\0without a line end');
    process.exitCode = process.stdout.isTTY === undefined ? 0 : 1;
  `;
  const result = await lab(t, { arguments: ['--no-modules', 'node', '-e', script] });
  const expected = Buffer.from(Uint8Array.from({ length: 2 ** 20 }, (_, index) => index * index));
  t.is(result.status, 0);
  t.true(result.stdout.equals(expected));
  t.is(result.stderr, 'a word\0without a line end');
});

test('output comes while the command runs, and a signal ends all of it', async (t) => {
  const temporary = makeTemporary(t);
  let first = '';
  const result = await lab(t, {
    arguments: bare('echo ready; sleep 1000'),
    environment: { TMPDIR: temporary },
    async whileRunning({ stdout, kill }) {
      first = String((await once(stdout, 'data'))[0]);
      kill('SIGTERM');
    },
  });
  t.is(first, 'ready\n');
  t.is(result.signal, 'SIGTERM');
  t.is(result.stderr, '');
  t.deepEqual(leftovers(temporary), []);
});

test('nothing is left when the lab itself is killed', async (t) => {
  const temporary = makeTemporary(t);
  const result = await lab(t, {
    arguments: bare('echo ready; sleep 1000'),
    environment: { TMPDIR: temporary },
    async whileRunning({ stdout, kill }) {
      await once(stdout, 'data');
      kill('SIGKILL');
    },
  });
  t.is(result.signal, 'SIGKILL');
  t.deepEqual(await leftoversAtLast(temporary), []);
});

test('a reader that goes away ends it', async (t) => {
  const temporary = makeTemporary(t);
  const result = await lab(t, {
    arguments: ['--no-modules', 'yes'],
    environment: { TMPDIR: temporary },
    async whileRunning({ stdout }) {
      await once(stdout, 'data');
      stdout.destroy();
    },
  });
  t.is(result.status, 141);
  t.is(result.stderr, '');
  t.deepEqual(leftovers(temporary), []);
});

test('arguments arrive as they are', async (t) => {
  const words = [
    '',
    'two words',
    "it's",
    '"',
    'new\nline',
    '$HOME `id` \\n * ?',
    '--kind',
    '-',
    'ü',
  ];
  const print = 'console.log(JSON.stringify(process.argv.slice(1)))';
  const result = await lab(t, { arguments: ['--no-modules', 'node', '-e', print, '--', ...words] });
  t.deepEqual(JSON.parse(String(result.stdout)), words, result.stderr);
});

test('directory and environment are the caller’s, but for what belongs to the lab', async (t) => {
  const directory = join(root, 'test');
  const print = 'console.log(JSON.stringify({ directory: process.cwd(), ...process.env }))';
  const result = await lab(t, {
    arguments: [
      '--no-modules',
      '--env',
      'ADDED=two words\nand = a line',
      '--',
      process.execPath,
      '-e',
      print,
    ],
    environment: { INHERITED: '$(quoted) "well"', FORCE_COLOR: '1', HOME: '/nonexistent' },
    directory,
  });
  const environment = JSON.parse(String(result.stdout));
  t.like(environment, {
    directory,
    INHERITED: '$(quoted) "well"',
    ADDED: 'two words\nand = a line',
    IPVS_LAB: 'uml',
    HOME: '/tmp/home',
    TMPDIR: '/tmp',
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
  });
  t.true(environment.PATH.split(':').includes('/usr/sbin'));
});

test('the time limit ends the command, with status 124', async (t) => {
  const temporary = makeTemporary(t);
  const result = await lab(t, {
    arguments: bare('echo begun; sleep 1000'),
    environment: { TMPDIR: temporary, IPVS_LAB_TIMEOUT: '6' },
  });
  t.is(result.status, 124);
  t.is(String(result.stdout), 'begun\n');
  t.is(result.stderr, 'lab: stopped after 6 s\n');
  t.deepEqual(leftovers(temporary), []);
});

test('a guest that panics is status 125, and its last words are shown', async (t) => {
  const temporary = makeTemporary(t);
  const result = await lab(t, {
    arguments: bare('echo before; echo c >/proc/sysrq-trigger'),
    environment: { TMPDIR: temporary },
  });
  t.is(result.status, 125);
  t.is(String(result.stdout), 'before\n');
  t.regex(result.stderr, /^lab: the guest died/);
  t.regex(result.stderr, /Kernel panic - not syncing: sysrq triggered crash/);
  t.deepEqual(leftovers(temporary), []);
});

test('a guest that stands still is status 125', async (t) => {
  const script = `
    sleep 3; echo -1 >/proc/sys/kernel/sched_rt_runtime_us
    exec chrt --fifo 99 sh -c 'while :; do :; done'
  `;
  const result = await lab(t, { arguments: ['--timeout', '20', ...bare(script)] });
  t.is(result.status, 125);
  t.regex(result.stderr, /^lab: the guest died \(hang\)/);
});

test('a guest that is switched off is status 125', async (t) => {
  const result = await lab(t, { arguments: ['--no-modules', 'busybox', 'poweroff', '-f'] });
  t.is(result.status, 125);
});

test('a complaint of the kernel turns success into status 123', async (t) => {
  const result = await lab(t, { arguments: bare('echo "BUG: a test" >/dev/kmsg') });
  t.is(result.status, 123);
  t.regex(result.stderr, /^lab: the kernel complained:\n.*BUG: a test/s);
});

test('a complaint of the kernel is shown, but leaves a failure its status', async (t) => {
  const result = await lab(t, {
    arguments: bare('echo "unregister_netdevice: waiting for x" >/dev/kmsg; exit 3'),
  });
  t.is(result.status, 3);
  t.regex(result.stderr, /unregister_netdevice: waiting for x/);
});

test('what a broken kernel says is known from what a sound one says', async (t) => {
  const { complaints } = await load('lab/kernel-log.js');
  const broken = [
    'WARNING: CPU: 0 PID: 71 at net/netfilter/ipvs/ip_vs_ctl.c:1502 ip_vs_unlink_service+0x5a/0x60',
    'WARNING: net/core/dev.c:6801 at __napi_schedule+0x1c/0x30, CPU#0: node/71',
    'BUG: unable to handle page fault for address: 0000000000001000',
    'BUG: KASAN: slab-use-after-free in ip_vs_conn_put+0x1b/0x40',
    'Oops: 0002 [#1] PREEMPT SMP NOPTI',
    'general protection fault, probably for non-canonical address 0xdead000000000122: 0000 [#1]',
    'refcount_t: underflow; use-after-free.',
    'unregister_netdevice: waiting for lo to become free. Usage count = 2',
    'list_del corruption. prev->next should be 0000000061c5f2a0, but was 0000000000000000',
    'Kernel panic - not syncing: Segfault with no mm',
  ];
  const sound = [
    'IPVS: Registered protocols (TCP, UDP, SCTP, AH, ESP)',
    'bridge: filtering via arp/ip/ip6tables is no longer available by default.',
    'Warning: tempdir /tmp is not on tmpfs',
    'printk: debug: ignoring loglevel setting.',
    'epollctl add err fd 3, Operation not permitted',
  ];
  t.is(complaints(sound.join('\n')), '');
  for (const line of broken) t.true(complaints([...sound, line].join('\n')).includes(line), line);
});

test('the logs of a dead guest are kept when asked for', async (t) => {
  const temporary = makeTemporary(t);
  const result = await lab(t, {
    arguments: ['--keep', ...bare('echo c >/proc/sysrq-trigger')],
    environment: { TMPDIR: temporary },
  });
  const [, kept = ''] = /^Everything is kept in (.*)$/m.exec(result.stderr) ?? [];
  t.true(kept.startsWith(temporary));
  t.regex(readFileSync(join(kept, 'kernel.log'), 'utf8'), /Kernel panic/);
});

test('IPVS is there, with its schedulers', async (t) => {
  const script = `
    for scheduler in rr wrr lc wlc lblc lblcr dh sh sed nq mh fo ovf; do
      ipvsadm -A -t 192.0.2.1:$((port += 1)) -s $scheduler || exit
    done
    ipvsadm -a -t 192.0.2.1:1 -r 198.51.100.1:80 -m
    ipvsadm -Ln
  `;
  const result = await lab(t, { arguments: shell(script) });
  const lines = String(result.stdout).split('\n');
  t.is(result.status, 0, result.stderr);
  t.regex(lines[0] ?? '', /^IP Virtual Server version/);
  t.true(lines.includes('TCP  192.0.2.1:1 rr'));
  t.regex(lines[4] ?? '', /-> 198\.51\.100\.1:80 +Masq/);
  t.true(lines.includes('TCP  192.0.2.1:13 ovf'));
});

test('without modules the kernel loads what is asked of it', async (t) => {
  const script = `
    grep ip_vs /proc/modules && exit 1
    ip link add name there type dummy || exit
    ipvsadm -A -t 192.0.2.1:80 -s mh || exit
    grep -o '^ip_vs_mh' /proc/modules
  `;
  const result = await lab(t, { arguments: ['--no-modules', ...shell(script)] });
  t.is(result.status, 0, result.stderr);
  t.is(String(result.stdout), 'ip_vs_mh\n');
});

test('a guest has what programs expect to find', async (t) => {
  const script = `
    set -e
    ip netns add one && ip netns exec one ip link set lo up && ip netns delete one
    echo through >/dev/stderr 2>&1 && cat </dev/fd/0 && touch /dev/shm/x /run/x /tmp/x
    node -e 'new (require("worker_threads").Worker)("0", { eval: true })'
    node -e 'require("net").createServer().listen(0, "::1", function () { this.close() })'
    script -qec true /dev/null
  `;
  const result = await lab(t, { arguments: shell(script) });
  t.is(result.status, 0, result.stderr);
});

test('labs do not see each other', async (t) => {
  const script = 'ipvsadm -A -t "$1:80"; sleep 2; ipvsadm -Sn';
  const addresses = ['192.0.2.1', '192.0.2.2'];
  const results = await Promise.all(
    addresses.map((address) => lab(t, { arguments: shell(script, 'sh', address) })),
  );
  t.deepEqual(
    results.map(({ stdout }) => String(stdout)),
    addresses.map((address) => `-A -t ${address}:80 -s wlc\n`),
  );
});

test('what is written to the project stays, and the rest cannot be written to', async (t) => {
  const file = `lab-test-${process.pid}`;
  t.teardown(() => rmSync(join(root, file), { force: true }));
  const script = `echo written >${file}; touch /etc/${file} || touch /usr/${file}`;
  const result = await lab(t, { arguments: bare(script) });
  t.is(result.status, 1);
  t.is(readFileSync(join(root, file), 'utf8'), 'written\n');
  t.false(existsSync(`/etc/${file}`));
});

test('the current directory can be written to wherever it is', async (t) => {
  const directory = join(makeTemporary(t), `it's, "a" place`);
  mkdirSync(directory);
  const result = await lab(t, { arguments: bare('echo written >file'), directory });
  t.is(result.status, 0, result.stderr);
  t.is(readFileSync(join(directory, 'file'), 'utf8'), 'written\n');
});

test('an ordinary user can do all that', async (t) => {
  const temporary = makeTemporary(t);
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const script = 'test "$(id -u)" = 0 && ipvsadm -A -t 192.0.2.1:80 && ipvsadm -Sn';
  const result = await lab(t, {
    arguments: shell(script),
    prefix: ['env', '-u', 'HOME', ...(process.getuid?.() === 0 ? nobody : [])],
    environment: { TMPDIR: '/tmp', IGNORED: temporary },
    directory: '/',
  });
  if (/EACCES|Cannot find module/.test(result.stderr)) {
    t.log('not tried: nobody cannot read the project here');
    t.pass();
    return;
  }
  t.is(result.status, 0, result.stderr);
  t.is(String(result.stdout), '-A -t 192.0.2.1:80 -s wlc\n');
});

test('what is missing is named, with the command that installs it', async (t) => {
  const result = await lab(t, {
    arguments: ['--kind', 'uml', 'true'],
    environment: { PATH: '/nonexistent' },
  });
  t.is(result.status, 69);
  t.regex(result.stderr, /^lab: user-mode Linux needs .*linux\.uml.*busybox/);
  t.regex(
    result.stderr,
    /apt-get install --no-install-recommends .*user-mode-linux.*busybox-static/,
  );
});

test('a command line that makes no sense is status 64', async (t) => {
  const wrong = [
    [],
    ['--'],
    ['--kind', 'cloud', 'true'],
    ['--what', 'true'],
    ['--mem', '1', 'true'],
  ];
  for (const words of wrong) {
    const result = await lab(t, { arguments: words });
    t.is(result.status, 64);
    t.regex(result.stderr, /^lab: /);
  }
  const help = await lab(t, { arguments: ['--help'] });
  t.is(help.status, 0);
  t.regex(String(help.stdout), /^usage: scripts\/lab/);
});

test('the host’s kernel is used when named, and refused when it has no IPVS', async (t) => {
  const result = await lab(t, { arguments: ['--kind', 'host', 'true'] });
  if (result.status === 0) {
    t.log('this machine has IPVS');
    t.pass();
    return;
  }
  t.is(result.status, 69);
  t.regex(result.stderr, /^lab: the host's kernel(, .*, has no IPVS| needs )/);
});

test('the host’s kernel serves in a network of its own', async (t) => {
  // A guest is a host that has IPVS.
  const inner = 'ipvsadm -A -t 192.0.2.1:80; ip netns add one; ipvsadm -Sn; kill -KILL $$';
  const script = `
    scripts/lab --kind host -- bash -c "$1"; echo $?
    scripts/lab --kind host -- sh -c 'echo BUG: a test >/dev/kmsg'; echo $?
    scripts/lab --kind host --timeout 2 -- sleep 1000; echo $?
    ipvsadm -Sn; ip netns list; ls -d /tmp/ipvs-lab-*; pgrep -x -f 'sleep 1000'
  `;
  const result = await lab(t, { arguments: shell(script, 'sh', inner), directory: root });
  const [own] = String(result.stdout).match(/\/tmp\/ipvs-lab-\w+\n/) ?? [];
  t.is(String(result.stdout), `-A -t 192.0.2.1:80 -s wlc\n137\n123\n124\n${own}`, result.stderr);
});
