import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import type { Capabilities } from 'ipvs';
import { makeNamespace } from './_namespace.js';
import { runChild } from './_run-child.js';

interface Printed extends Capabilities {
  readonly schedulers: readonly string[] | string;
}

function modules(): string[] {
  return readFileSync('/proc/modules', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name.startsWith('ip_vs'))
    .sort();
}

test.serial('opening tries what the kernel can do, and leaves no trace of it', async (t) => {
  const { ipvs, name, run } = await makeNamespace(t);
  t.deepEqual(ipvs.capabilities, {
    ipv6: existsSync('/proc/net/if_inet6'),
    // Every kernel from 5.3 on.
    tunnelTypes: ['ipip', 'gue', 'gre'],
    tunnelChecksums: true,
    wideCounters: true,
    files: {
      connections: true,
      syncedConnections: true,
      totals: true,
      cpuTotals: true,
      applications: true,
      status: existsSync('/proc/net/ip_vs_status'),
    },
    sysctls: 'writable',
  });
  t.true(Object.isFrozen(ipvs.capabilities));
  t.deepEqual(await ipvs.listServices(), []);
  t.is(await run('ip', '-o', 'link', 'show', 'up'), await run('ip', '-o', 'link', 'show', 'lo'));
  t.truthy(name);
});

test.serial('opening loads no module', async (t) => {
  const before = modules();
  const ended = await runChild('open');
  t.is(ended.stdout, 'done');
  // The child's own service has the default scheduler.
  t.deepEqual(
    modules().filter((name) => name !== 'ip_vs_wlc'),
    before.filter((name) => name !== 'ip_vs_wlc'),
  );
});

test('without CAP_SYS_ADMIN what needs a new namespace is unknown, and the rest is known', async (t) => {
  const ended = await runChild('capabilities', [], {
    through: [
      ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
      // The project may be where nobody else may look.
      ...['inh', 'ambient'].map((set) => `--${set}-caps=+net_admin,+dac_read_search`),
    ],
  });
  t.is(ended.stderr, '');
  const printed = JSON.parse(ended.stdout) as Printed;
  t.false('tunnelTypes' in printed);
  t.false('wideCounters' in printed);
  t.true(printed.ipv6);
  t.true(printed.files.connections);
  t.is(
    printed.schedulers,
    'IpvsError: EPERM: list-schedulers: the network namespace for the trial may not be entered: that needs CAP_SYS_ADMIN',
  );
});

test('the schedulers and engines are those with which a service can be made', async (t) => {
  const { ipvs, ipvsadm } = await makeNamespace(t);
  const names = [
    'dh',
    'fo',
    'lblc',
    'lblcr',
    'lc',
    'mh',
    'nq',
    'ovf',
    'rr',
    'sed',
    'sh',
    'twos',
    'wlc',
    'wrr',
  ];
  const found: string[] = [];
  for (const [index, name] of names.entries()) {
    await ipvsadm('-A', '-f', String(index + 1), '-s', name).then(
      () => found.push(name),
      () => {},
    );
  }
  t.true(found.length > 10, found.join());
  t.deepEqual(await ipvs.schedulers(), found);
  const sip = await ipvsadm(
    '-A',
    '-u',
    '10.0.0.1:5060',
    '-s',
    'rr',
    '-p',
    '60',
    '--pe',
    'sip',
  ).then(
    () => ['sip'],
    () => [],
  );
  t.deepEqual(await ipvs.engines(), sip);
  t.is((await ipvs.listServices()).length, found.length + sip.length);
  const reason = new Error('enough');
  await t.throwsAsync(ipvs.schedulers({ signal: AbortSignal.abort(reason) }), { is: reason });
});
