// Two processes that reconcile, and a third that is in their way: in steps, each followed by a look at what it came to.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { diff, Ipvs, normalize, readState } from 'ipvs';
import { withNamespace } from '../programs.js';
import { Random } from './random.js';
import type { Order, Role, StepOutcome } from './roles.js';
import { faultsOf, type Sample, type Trend, trendOf } from './samples.js';
import { addForeign, foreignRules, type Part, randomDocument, scopeOf } from './tables.js';
import type { Outcomes } from './tally.js';

export interface WritersOptions {
  readonly minutes: number;
  /** Seconds in which the third is in the way, of each step. */
  readonly seconds: number;
  readonly seed: number;
}

export interface WriterSummary {
  readonly name: string;
  readonly outcomes: Outcomes;
  /** Absent after too few steps to tell. */
  readonly trend: Trend | undefined;
}

export interface WritersSummary {
  readonly steps: number;
  readonly seconds: number;
  readonly writers: readonly WriterSummary[];
  /** Which invariant broke, and in which step. */
  readonly faults: readonly string[];
}

const script = fileURLToPath(new URL('./writer.js', import.meta.url));

/** V8 lets the part of its heap for what is new grow for hours with what it has seen; that is not what is looked for. */
const execArgv = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16'];

/** One of the processes. */
class Writer {
  readonly name: string;
  readonly samples: Sample[] = [];
  last: StepOutcome | undefined;
  readonly #child: ChildProcess;

  constructor(name: string, namespace: string) {
    this.name = name;
    this.#child = fork(script, [namespace], { execArgv });
  }

  /** What it says next. */
  async hear(): Promise<unknown> {
    const ended = new AbortController();
    const gone = once(this.#child, 'exit', ended).then(([status, signal]) => {
      throw new Error(`the process ${this.name} ended: ${signal ?? status}`);
    });
    gone.catch(() => {});
    try {
      const [message] = await Promise.race([once(this.#child, 'message', ended), gone]);
      return message;
    } finally {
      ended.abort();
    }
  }

  async begin(role: Role, part: Part, seed: number): Promise<void> {
    this.#tell({ order: 'begin', role, part, seed });
    await this.hear();
  }

  async settle(): Promise<StepOutcome> {
    const heard = this.hear();
    this.#tell({ order: 'settle' });
    this.last = (await heard) as StepOutcome;
    this.samples.push(this.last.sample);
    return this.last;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  summary(): WriterSummary {
    const trend = this.samples.length < 8 ? undefined : trendOf(this.samples);
    return { name: this.name, outcomes: this.last?.outcomes ?? {}, trend };
  }

  #tell(order: Order): void {
    this.#child.send(order);
  }
}

/** Has them write for so many minutes; ends with the first step in which an invariant broke. */
export function runWriters(
  options: WritersOptions,
  onStep: (step: number) => void,
): Promise<WritersSummary> {
  return withNamespace(async (namespace) => {
    await using ipvs = await Ipvs.open({ netns: namespace, timeout: 60_000 });
    await addForeign(ipvs);
    const names = ['one that reconciles', 'another', 'the third'] as const;
    const writers = names.map((name) => new Writer(name, namespace));
    try {
      await Promise.all(writers.map((writer) => writer.hear()));
      return await runSteps(ipvs, namespace, writers, options, onStep);
    } finally {
      for (const writer of writers) writer.kill();
    }
  });
}

async function runSteps(
  ipvs: Ipvs,
  namespace: string,
  writers: readonly Writer[],
  { minutes, seconds, seed }: WritersOptions,
  onStep: (step: number) => void,
): Promise<WritersSummary> {
  const random = new Random(seed);
  const foreign = await foreignRules(namespace);
  const faults: string[] = [];
  const started = performance.now();
  let steps = 0;
  while (steps === 0 || performance.now() - started < minutes * 60_000) {
    steps += 1;
    const found = await runStep(ipvs, writers, steps, seconds, random);
    if ((await foreignRules(namespace)) !== foreign) found.push('foreign services were touched');
    faults.push(...found.map((fault) => `step ${steps}: ${fault}`));
    if (faults.length > 0) break;
    onStep(steps);
  }
  const summaries = writers.map((writer) => writer.summary());
  for (const { name, trend } of summaries) {
    if (trend !== undefined) faults.push(...faultsOf(trend).map((fault) => `${name}: ${fault}`));
  }
  return {
    steps,
    seconds: (performance.now() - started) / 1000,
    writers: summaries,
    faults,
  };
}

/** In turns over the same part and over different ones, with `reconcile` and with a `Reconciler`. */
async function runStep(
  ipvs: Ipvs,
  [one, other, third]: readonly Writer[],
  step: number,
  seconds: number,
  random: Random,
): Promise<string[]> {
  if (one === undefined || other === undefined || third === undefined) throw new Error('three');
  const otherPart = step % 2 === 0 ? 20 : 21;
  const seed = random.below(2 ** 31);
  await one.begin(step % 3 === 0 ? 'reconciler' : 'reconcile', 20, seed);
  await other.begin(step % 4 === 0 ? 'reconciler' : 'reconcile', otherPart, seed);
  await third.begin('disturb', 20, random.below(2 ** 31));
  await wait(seconds * 1000 * (0.5 + random.next()));

  const outcomes = [await third.settle(), ...(await Promise.all([one.settle(), other.settle()]))];
  const faults = outcomes.flatMap((outcome) => outcome.faults);
  if (!outcomes.every(({ converged }) => converged)) faults.push('it did not converge');
  for (const part of new Set<Part>([20, otherPart])) {
    const desired = normalize(randomDocument(part, seed));
    const actual = await readState(ipvs, { desired });
    const { operations } = diff(desired, actual, { scope: scopeOf(part), allowEmpty: true });
    for (const { op, service, destination = '' } of operations) {
      faults.push(`left to do: ${op} ${service} ${destination}`);
    }
  }
  return faults;
}
