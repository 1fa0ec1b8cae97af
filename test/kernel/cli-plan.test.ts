import test from 'ava';
import { runCommand } from './_cli.js';
import { makeFile } from './_cli-site.js';
import { makeNamespace } from './_namespace.js';

const document = `version: 1
services:
  - address: 10.9.0.1
    port: 80
    protocol: tcp
    persistence: { timeout: 360 }
    destinations:
      - { address: 10.2.1.2 }
      - { address: 10.2.2.2 }
  - address: 10.9.0.2
    port: 443
    protocol: tcp
    scheduler: mh
    schedulerFlags: [mh-fallback]
    destinations:
      - { address: 10.2.1.2, weight: 5 }
      - { address: 10.2.3.2 }
vips:
  device: ipvs0
  bind: [10.9.0.1]
`;

test.serial('a plan says what would change, and apply does that and no more', async (t) => {
  const { name, ipvs, ipvsadm, run } = await makeNamespace(t);
  const commands = [
    '-A -t 10.9.0.2:443 -s rr',
    '-a -t 10.9.0.2:443 -r 10.2.1.2 -m',
    '-a -t 10.9.0.2:443 -r 10.2.2.2 -m',
    '-A -u 10.9.0.3:53 -s wlc',
    '-a -u 10.9.0.3:53 -r 10.2.1.2 -m',
    '-A -t 10.8.0.1:80',
    '-A -f 7',
  ];
  for (const line of commands) await ipvsadm(...line.split(' '));
  await run('ip', 'link', 'add', 'ipvs0', 'type', 'dummy');
  await run('ip', 'address', 'add', '10.9.0.3/32', 'dev', 'ipvs0');
  const { path } = await makeFile(t, document);
  const words = [path, '--select', '10.9.0.0/24', '--netns', name];

  const plan = await runCommand(['plan', ...words, '--detailed-exitcode']);
  t.is(plan.stderr, '');
  t.is(plan.status, 2);
  t.is(
    plan.stdout,
    `Scope: selected (10.9.0.0/24). Actual: 2 services, 3 destinations; 2 services out of scope, untouched.

+ tcp/10.9.0.1:80  wlc  persistence 360s
    + 10.2.1.2:80  masquerade  weight 1
    + 10.2.2.2:80  masquerade  weight 1
~ tcp/10.9.0.2:443
    ~ scheduler: rr -> mh
    ~ schedulerFlags: none -> mh-fallback
    ~ 10.2.1.2:443  weight: 1 -> 5
    - 10.2.2.2:443  drain until idle, at most 300s
    + 10.2.3.2:443  masquerade  weight 1
- udp/10.9.0.3:53
    - 10.2.1.2:53  immediately
+ vip 10.9.0.1/32 on ipvs0
- vip 10.9.0.3/32 on ipvs0

! W_UDP_NODEST udp/10.9.0.3:53: expire_nodest_conn is 0, flows of removed destinations are dropped until they expire

Plan: services 1 to add, 1 to change, 1 to remove; destinations 3 to add, 1 to change, 2 to remove (1 drained); vips 1 to add, 1 to remove. 11 operations.
`,
  );
  t.is((await ipvs.listServices()).length, 4);

  const applied = await runCommand(['apply', ...words, '--yes']);
  t.is(applied.stderr, '');
  t.is(applied.status, 0);
  t.true(applied.stdout.startsWith(plan.stdout));
  t.regex(applied.stdout, /\nApplied: 11 done\.\n$/);
  const again = await runCommand(['plan', ...words, '--detailed-exitcode']);
  t.is(again.status, 0);
  t.is(
    again.stdout,
    'No changes. Actual state matches desired state (2 services, 4 destinations).\n',
  );
  t.deepEqual(
    (await ipvs.listServices()).map(({ id }) => id as string),
    ['tcp/10.8.0.1:80', 'tcp/10.9.0.1:80', 'tcp/10.9.0.2:443', 'fwmark/7/ipv4'],
  );
});

test.serial('what is exported applies again as no change', async (t) => {
  const { name, ipvs, ipvsadm, run } = await makeNamespace(t);
  await ipvsadm('-A', '-t', '10.9.0.1:80', '-s', 'sh', '-b', 'sh-fallback,sh-port', '-p', '77');
  await ipvsadm('-a', '-t', '10.9.0.1:80', '-r', '10.1.0.5', '-i', '-w', '3', '-x', '9', '-y', '4');
  await ipvsadm('-A', '-f', '7', '-6', '-s', 'mh');
  await ipvsadm('-a', '-f', '7', '-6', '-r', '[fd02::1]:80', '-m');
  await ipvs.setTimeouts({ tcp: 801 });
  await run('ip', 'link', 'add', 'ipvs0', 'type', 'dummy');
  await run('ip', 'address', 'add', '10.9.0.1/32', 'dev', 'ipvs0');
  const everything = ['--timeouts', '--sysctls', '--vips', 'ipvs0', '--netns', name];
  for (const form of [[], ['--json']]) {
    const { status, stdout, stderr } = await runCommand(['export', ...everything, ...form]);
    t.is(stderr, '');
    t.is(status, 0);
    t.true(stdout.includes('801'));
    const words = ['plan', '-', '--exclusive', '--detailed-exitcode', '--netns', name];
    const plan = await runCommand(words, { input: stdout });
    t.is(plan.status, 0, plan.stdout + plan.stderr);
  }
});
