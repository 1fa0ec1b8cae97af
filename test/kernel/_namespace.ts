import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';
import { Ipvs, type OpenOptions } from 'ipvs';

const run = promisify(execFile);

/** An empty network namespace with an open handle, gone when the test ends. */
export interface Namespace {
  readonly name: string;
  readonly ipvs: Ipvs;
  /** Another handle on the same namespace. */
  open(options?: OpenOptions): Promise<Ipvs>;
  /** Runs a program in the namespace and returns what it printed. */
  run(command: string, ...args: readonly string[]): Promise<string>;
  /** `ipvsadm` in the namespace: the independent hand and reader. */
  ipvsadm(...args: readonly string[]): Promise<string>;
}

/** Makes the namespace of a test. Its loopback is up, without which the kernel takes no IPv4 destination. */
export async function makeNamespace(
  t: ExecutionContext,
  { loopback = true } = {},
): Promise<Namespace> {
  const name = `test-${randomBytes(6).toString('hex')}`;
  await run('ip', ['netns', 'add', name]);
  if (loopback) await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  const handles: Ipvs[] = [];
  t.teardown(async () => {
    await Promise.all(handles.map((handle) => handle.close()));
    await run('ip', ['netns', 'delete', name]);
  });
  const open = async (options: OpenOptions = {}) => {
    // All tests of a file wait for one processor at once, which may be a slow one.
    const handle = await Ipvs.open({ netns: name, timeout: 60_000, ...options });
    handles.push(handle);
    return handle;
  };
  const inside = async (command: string, ...args: readonly string[]) => {
    const { stdout } = await run('ip', ['netns', 'exec', name, command, ...args], {
      maxBuffer: 64 << 20,
    });
    return stdout;
  };
  return {
    name,
    ipvs: await open(),
    open,
    run: inside,
    ipvsadm: (...args) => inside('ipvsadm', ...args),
  };
}
