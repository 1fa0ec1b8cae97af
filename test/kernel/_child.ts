import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { ExecutionContext } from 'ava';

export type Child = ChildProcessByStdio<Writable, Readable, null>;

/** Runs a script of Node in a namespace until the test ends, which the script sees by the end of its input. */
export function spawnInside(
  t: ExecutionContext,
  namespace: string,
  script: string,
  ...args: readonly string[]
): Child {
  const inside = ['netns', 'exec', namespace, process.execPath, script, ...args];
  const child = spawn('ip', inside, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.stdin.end();
    await ended;
  });
  return child;
}
