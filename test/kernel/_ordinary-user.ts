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

export interface OrdinaryUser {
  /** Whether he is the root of a user namespace and a network namespace of his own. */
  readonly namespaces?: boolean;
  /** What he has, and all that he can ever get, in a network namespace of root's making. Absent: nothing, in ours. */
  readonly capabilities?: readonly string[];
}

/** Runs a file of `children/` as a user who is not root, and returns what it printed. */
export async function runAsOrdinaryUser(
  t: ExecutionContext,
  child: string,
  args: readonly string[],
  { namespaces = false, capabilities }: OrdinaryUser = {},
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
  const [program = '', ...words] = [
    ...(capabilities === undefined ? [] : ['unshare', '--net', 'sh', '-c', inside, 'sh']),
    'setpriv',
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    ...(capabilities === undefined ? [] : capabilityOptions(capabilities)),
    ...(namespaces ? intoNamespaces : []),
    ...command,
  ];
  const { stdout } = await run(program, words);
  return stdout;
}

function capabilityOptions(capabilities: readonly string[]): string[] {
  const list = ['-all', ...capabilities.map((name) => `+${name}`)].join();
  return ['inh-caps', 'ambient-caps', 'bounding-set'].map((option) => `--${option}=${list}`);
}
