import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { makeNamespace } from './_namespace.js';
import { runChild } from './_run-child.js';

const services = 20;
const objects = services * 11;

/** What the program asked of the kernel between two marks. */
interface Traced {
  messages: number;
  sockets: number;
  /** Bytes of each message that was received. */
  readonly received: number[];
}

/** By the name that the marks carry. */
function readTrace(trace: string): Map<string, Traced> {
  const all = new Map<string, Traced>();
  let current: Traced | undefined;
  for (const line of trace.split('\n')) {
    const mark = /"\/mark\/(begin|end) (.*)"/.exec(line);
    if (mark !== null) {
      current = mark[1] === 'begin' ? { messages: 0, sockets: 0, received: [] } : undefined;
      if (current !== undefined) all.set(mark[2] as string, current);
    } else if (current !== undefined) {
      // A call that another thread interrupts has a second line, which begins with "<...".
      if (/^\d+ +(sendto|sendmsg|recvfrom|recvmsg)\(/.test(line)) current.messages += 1;
      if (/^\d+ +socket\(/.test(line)) current.sockets += 1;
      const received = /^\d+ +(?:<\.\.\. )?recvfrom\b.* = (\d+)$/.exec(line);
      if (received !== null) current.received.push(Number(received[1]));
    }
  }
  return all;
}

/** How long a message is that says no more than that a list ends. */
const endOfList = 20;

/** Where each reading of a list was cut: the bytes that came before. */
function cutsOf(received: readonly number[]): number[][] {
  const readings: number[][] = [[]];
  let before = 0;
  for (const size of received) {
    if (size === endOfList) {
      readings.push([]);
      before = 0;
    } else {
      before += size;
      readings.at(-1)?.push(before);
    }
  }
  return readings.slice(0, -1);
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
    [0, 0, 0, 0, 1],
    'no socket is opened but for a list that has to be read twice',
  );
  t.is(counted['one after the other'], 2 * services);
  t.is(counted['statistics'], 2 * services);
  t.true((counted['in one turn'] as number) <= 0.02 * objects);
  // Of the destinations of each service, and of the services before and after.
  t.true((counted['snapshot'] as number) <= 3 * (services + 2));

  // What both readings passed over while the table changed would stand at a cut of both.
  const readings = cutsOf(traced.get('several blocks')?.received ?? []);
  t.is(readings.length, 2);
  const [first = [], second = []] = readings;
  t.true(first.length > 1);
  t.deepEqual(
    second.filter((cut) => first.includes(cut)),
    [first.at(-1) as number],
    'they are cut at different places, but for their end',
  );
});
