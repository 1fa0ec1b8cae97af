// Ends what applies documents at random moments, and looks whether reconciling puts right whatever that left.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type DesiredState, diff, Ipvs, normalize, readState } from 'ipvs';
import { killDocuments, killOptions } from './kill-documents.js';
import { Random } from './random.js';
import { addForeign, foreignRules } from './tables.js';

/** What is ended: a process, with SIGKILL or for want of memory, or a worker thread. */
export type Victim = 'process' | 'process without memory' | 'thread';

export interface KillsOptions {
  readonly times: number;
  readonly seed: number;
  readonly victim: Victim;
}

export interface KillsSummary {
  readonly times: number;
  /** How often the end left something that neither document says. */
  readonly between: number;
  /** Operations that were left to do, all times together. */
  readonly repaired: number;
  readonly faults: readonly string[];
}

/** Operations that it has done at most when its end comes near. */
const most = 400;

/** The longest that it is let go on then, in milliseconds. */
const longest = 5;

const execute = promisify(execFile);

const script = fileURLToPath(new URL('./applier.js', import.meta.url));

/** Ends it so many times in a namespace, which has to be empty. */
export async function runKills(
  namespace: string,
  { times, seed, victim }: KillsOptions,
  onKill: (time: number) => void = () => {},
): Promise<KillsSummary> {
  const random = new Random(seed);
  await using ipvs = await Ipvs.open({ netns: namespace, timeout: 60_000 });
  await addForeign(ipvs);
  await addForeignDevice(namespace);
  const foreign = await readForeign(namespace);
  let [between, repaired] = [0, 0];
  const faults: string[] = [];
  for (let time = 1; time <= times && faults.length === 0; time += 1) {
    const round = random.below(2 ** 30);
    await endAtRandom(victim, [namespace, String(round), String(random.below(most))], random);
    const states = killDocuments(round).map((document) => normalize(document));
    const left = await Promise.all(states.map((state) => leftToDo(ipvs, state)));
    if (left.every(({ length }) => length > 0)) between += 1;
    const desired = random.pick(states);
    const report = await ipvs.reconcile(desired, killOptions);
    repaired += report.plan.operations.length;
    if (!report.ok || !report.converged) faults.push(`time ${time}: it did not converge`);
    for (const each of await leftToDo(ipvs, desired)) faults.push(`time ${time}: left: ${each}`);
    const now = await readForeign(namespace);
    if (now !== foreign) faults.push(`time ${time}: what is foreign was touched: ${now}`);
    onKill(time);
  }
  return { times, between, repaired, faults };
}

async function endAtRandom(
  victim: Victim,
  words: readonly string[],
  random: Random,
): Promise<void> {
  const delay = random.next() * longest;
  if (victim === 'thread') {
    const worker = new Worker(script, { workerData: words });
    await once(worker, 'message');
    await wait(delay);
    await worker.terminate();
    return;
  }
  const child = spawn(process.execPath, [script, ...words], {
    // Without memory it says at length where it was.
    stdio: ['ignore', 'pipe', victim === 'process' ? 'inherit' : 'ignore'],
  });
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), failsWith(child)]);
  await wait(delay);
  if (victim === 'process') child.kill('SIGKILL');
  else await execute('prlimit', ['--pid', String(child.pid), '--as=0']);
  const [status, signal] = await ended;
  const expected = victim === 'process' ? ['SIGKILL'] : ['SIGABRT', 'SIGSEGV', 'SIGTRAP', 'SIGILL'];
  if (!expected.includes(signal)) throw new Error(`it ended by itself: ${signal ?? status}`);
}

async function failsWith(child: ChildProcess): Promise<never> {
  const [status, signal] = await once(child, 'exit');
  throw new Error(`it ended before it began: ${signal ?? status}`);
}

/** What would have to be done for a state to be reached. */
async function leftToDo(ipvs: Ipvs, desired: DesiredState): Promise<string[]> {
  const { operations } = diff(desired, await readState(ipvs, { desired }), killOptions);
  return operations.map(
    ({ op, service, destination, address }) => `${op} ${service ?? address} ${destination ?? ''}`,
  );
}

const foreignDevice = 'foreign0';

async function addForeignDevice(namespace: string): Promise<void> {
  await execute('ip', ['-n', namespace, 'link', 'add', foreignDevice, 'type', 'dummy']);
  await execute('ip', ['-n', namespace, 'address', 'add', '10.30.0.1/24', 'dev', foreignDevice]);
}

/** All that the documents are not about, as `ipvsadm` and `ip` show it. */
async function readForeign(namespace: string): Promise<string> {
  const words = ['-n', namespace, 'address', 'show', 'dev', foreignDevice];
  const { stdout: addresses } = await execute('ip', words);
  return `${await foreignRules(namespace)}\n${addresses}`;
}
