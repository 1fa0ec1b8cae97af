import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { makeNamespace } from './_namespace.js';
import { runChild } from './_run-child.js';

const services = 20;
const objects = services * 11;

/** Calls of each kind between the marks, by the name that they carry. */
function readTrace(trace: string): Map<string, { messages: number; sockets: number }> {
  const counts = new Map<string, { messages: number; sockets: number }>();
  let current: { messages: number; sockets: number } | undefined;
  for (const line of trace.split('\n')) {
    const mark = /"\/mark\/(begin|end) (.*)"/.exec(line);
    if (mark !== null) {
      current = mark[1] === 'begin' ? { messages: 0, sockets: 0 } : undefined;
      if (current !== undefined) counts.set(mark[2] as string, current);
    } else if (current !== undefined) {
      // A call that another thread interrupts has a second line, which begins with "<...".
      if (/^\d+ +(sendto|sendmsg|recvfrom|recvmsg)\(/.test(line)) current.messages += 1;
      if (/^\d+ +socket\(/.test(line)) current.sockets += 1;
    }
  }
  return counts;
}

test('a call takes as many system calls as it must, and the addon counts what strace sees', async (t) => {
  const { name } = await makeNamespace(t);
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-trace-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'trace');
  const calls = '?access,?faccessat,?faccessat2,sendto,sendmsg,recvfrom,recvmsg,socket';
  const strace = ['strace', '-f', '-qq', '-s', '64', '-e', `trace=${calls}`, '-o', file];
  const { status, stdout, stderr } = await runChild('system-calls', [], {
    through: ['ip', 'netns', 'exec', name, ...strace],
  });
  t.is(status, 0, stderr);
  const counted = JSON.parse(stdout) as Record<string, number>;
  const traced = readTrace(await readFile(file, 'utf8'));

  t.deepEqual(
    Object.fromEntries([...traced].map(([what, { messages }]) => [what, messages])),
    counted,
  );
  t.deepEqual(
    [...traced.values()].map(({ sockets }) => sockets),
    [0, 0, 0, 0],
    'no socket is opened for a call',
  );
  t.is(counted['one after the other'], 2 * services);
  t.is(counted['statistics'], 2 * services);
  t.true((counted['in one turn'] as number) <= 0.02 * objects);
  // Of the destinations of each service, and of the services before and after.
  t.true((counted['snapshot'] as number) <= 3 * (services + 2));
});
