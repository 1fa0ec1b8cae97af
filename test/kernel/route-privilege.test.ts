import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const run = promisify(execFile);
const child = fileURLToPath(new URL('children/_route.js', import.meta.url));

async function outcomes(command: string, ...args: readonly string[]): Promise<unknown[]> {
  const { stdout } = await run(command, [...args, process.execPath, child]);
  return JSON.parse(stdout) as unknown[];
}

test('who has the privilege in a user namespace alone binds addresses in the network namespace that belongs to it', async (t) => {
  t.deepEqual(await outcomes('unshare', '--user', '--map-root-user', '--net'), [
    { created: true },
    'done',
    'done',
    [
      { device: 'ipvs0', address: '10.9.0.1', prefixLength: 32, scope: 'global' },
      { device: 'ipvs0', address: 'fd09::1', prefixLength: 128, scope: 'global' },
    ],
    'done',
    [],
  ]);
});

test('without the privilege addresses are listed, and for the rest the reason names it', async (t) => {
  const script =
    'ip link add ipvs0 type dummy && ip address add 10.9.0.2/32 dev ipvs0 && exec "$@"';
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  // The project may be where nobody else may look.
  const mayRead = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
  const inside = ['--net', 'sh', '-c', script, 'sh', ...nobody, ...mayRead];
  const [ensured, bound, boundToo, listed, removed, all] = await outcomes('unshare', ...inside);
  const address = { device: 'ipvs0', address: '10.9.0.2', prefixLength: 32, scope: 'global' };
  const reason = 'that needs CAP_NET_ADMIN in the user namespace that owns the network namespace';
  t.deepEqual(ensured, { created: false });
  for (const [refused, operation] of [
    [bound, 'bind-address'],
    [boundToo, 'bind-address'],
    [removed, 'remove-dummy'],
  ] as const) {
    t.like(refused, { code: 'EPERM', operation, reason });
  }
  t.deepEqual(listed, [address]);
  t.deepEqual(all, [address]);
});
