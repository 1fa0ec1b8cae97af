import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';
import { Ipvs, type OpenOptions, type Transport } from 'ipvs';
import { quote, Shell } from './_shell.js';

const run = promisify(execFile);
const shell = new Shell();

// Loaded inside a request while a namespace ends, these two make the kernel wait for itself for ever.
for (const name of ['ip_vs_lblc', 'ip_vs_lblcr']) {
  try {
    execFileSync(readFileSync('/proc/sys/kernel/modprobe', 'utf8').trim(), [name]);
  } catch {
    // This kernel does not have it.
  }
}

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

export interface NamespaceOptions {
  /** Whether its loopback is up, without which the kernel takes no IPv4 destination. Default true. */
  readonly loopback?: boolean;
  /** The way to the kernel of handles that name none. Default `auto`. */
  readonly transport?: Transport | 'auto';
}

/** Makes the namespace of a test. */
export async function makeNamespace(
  t: Pick<ExecutionContext, 'teardown'>,
  { loopback = true, transport = 'auto' }: NamespaceOptions = {},
): Promise<Namespace> {
  const name = `test-${randomBytes(6).toString('hex')}`;
  const up = loopback ? ` && ip -n ${name} link set lo up` : '';
  await shell.run(`ip netns add ${name}${up}`);
  const handles: Ipvs[] = [];
  t.teardown(async () => {
    await Promise.all(handles.map((handle) => handle.close()));
    await shell.run(`ip netns delete ${name}`);
  });
  const open = async (options: OpenOptions = {}) => {
    // All tests of a file wait for one processor at once, which may be a slow one.
    const handle = await Ipvs.open({ netns: name, transport, timeout: 60_000, ...options });
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
    ipvsadm: (...args) => shell.run(`ip netns exec ${name} ipvsadm ${args.map(quote).join(' ')}`),
  };
}
