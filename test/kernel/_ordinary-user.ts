import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { run } from './_modprobe.js';

/** The root of the project, seen from the folder of the compiled tests. */
const project = fileURLToPath(new URL('../../..', import.meta.url));

/** Without an address of its own a network namespace takes no destination. */
const inside = 'ip link set lo up && exec "$@"';

const intoNamespaces = ['unshare', '--user', '--map-root-user', '--net', 'sh', '-c', inside, 'sh'];

/**
 * Runs a file of `children/` as a user who is not root, and returns what it printed; with `namespaces` as the root of a
 * user namespace and a network namespace of his own.
 */
export async function runAsOrdinaryUser(
  t: ExecutionContext,
  child: string,
  args: readonly string[],
  { namespaces = false } = {},
): Promise<string> {
  // He may not see into the folders above the project.
  const place = mkdtempSync(join(tmpdir(), 'project-'));
  await run('mount', ['--bind', project, place]);
  t.teardown(async () => {
    await run('umount', [place]);
    rmdirSync(place);
  });
  const command = [
    process.execPath,
    join(place, 'build', 'test', 'kernel', 'children', `_${child}.js`),
    ...args,
  ];
  const { stdout } = await run('setpriv', [
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    ...(namespaces ? intoNamespaces : []),
    ...command,
  ]);
  return stdout;
}
