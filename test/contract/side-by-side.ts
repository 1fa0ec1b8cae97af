import { isDeepStrictEqual } from 'node:util';
import type { Backend } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
import { type Operation, perform } from './operations.js';

/** What the step of a sequence came to on one kernel. */
interface Step {
  /** The answer, or all that the error says. */
  readonly ending: object;
  /** Every service with its destinations, afterwards. */
  readonly table: object;
}

/** A step that did not come to the same on both kernels. */
export interface Difference {
  readonly step: number;
  readonly operation: Operation;
  readonly one: Step;
  readonly other: Step;
}

/** How a sequence went. */
export interface Comparison {
  /** The first there was. */
  readonly difference: Difference | undefined;
  /** Of each step, whether it was `done`, or the code of the error. */
  readonly codes: readonly string[];
}

const tableOnly = { settings: false, addresses: false } as const;

/**
 * Sends the same operations to two kernels, and compares after each what it answered and what the whole table is. All travel
 * in one turn of the event loop.
 */
export async function compare(
  one: Backend,
  other: Backend,
  operations: readonly Operation[],
): Promise<Comparison> {
  const [ones, others] = await Promise.all([run(one, operations), run(other, operations)]);
  const codes = ones.map(({ ending }) => ('code' in ending ? String(ending.code) : 'done'));
  for (const [step, operation] of operations.entries()) {
    const [first, second] = [ones[step] as Step, others[step] as Step];
    if (isDeepStrictEqual(first, second)) continue;
    return { difference: { step, operation, one: first, other: second }, codes };
  }
  return { difference: undefined, codes };
}

/** What of the sysctls depends neither on the machine nor on the kernel: later ones have more than the fake. */
export async function settingsOf(backend: Backend): Promise<object> {
  const { sync_qlen_max: _, ...modelled } = await new FakeKernel().sysctls();
  const all = await backend.sysctls();
  const sysctls = Object.fromEntries(Object.keys(modelled).map((name) => [name, all[name]]));
  const { addresses, timeouts } = await backend.snapshot();
  return { sysctls, addresses, timeouts };
}

function run(backend: Backend, operations: readonly Operation[]): Promise<Step[]> {
  return Promise.all(
    operations.map(async (operation) => {
      const [called, { services, consistent }] = await Promise.all([
        Promise.allSettled([perform(backend, operation)]),
        backend.snapshot(tableOnly),
      ]);
      return { ending: endingOf(called[0]), table: { services, consistent } };
    }),
  );
}

function endingOf(called: PromiseSettledResult<unknown>): object {
  if (called.status === 'fulfilled') return { answer: called.value };
  const { name, code, missing, errno } = called.reason;
  // What the kernel itself adds is other on each version of it.
  const message = String(called.reason.message).replace(/ \(the kernel says: .*\)$/, '');
  return { name, code, message, missing, errno };
}
