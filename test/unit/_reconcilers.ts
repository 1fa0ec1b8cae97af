import type { ExecutionContext } from 'ava';
import { type Document, Reconciler, type ReconcilerEvents, type ReconcilerOptions } from 'ipvs';
import type { FakeKernel } from 'ipvs/testing';
import { type Services, turning } from './_runs.js';

const names = [
  'plan',
  'operation',
  'drift',
  'drain',
  'converged',
  'flapping',
  'error',
  'cycle',
] as const satisfies readonly (keyof ReconcilerEvents)[];

type Heard = { [Name in keyof ReconcilerEvents]: ReconcilerEvents[Name][] };

/** A reconciler, and what it has said. */
export interface Kept {
  readonly reconciler: Reconciler;
  /** The names of the events, in order. */
  readonly events: string[];
  /** What each kind of event carried. */
  readonly heard: Heard;
  /** When each cycle began that came to its end, in milliseconds from the beginning. */
  readonly begun: number[];
  /** Forgets what it has said. */
  clear(): void;
}

export const documentOf = (
  services: Services,
  rest: Omit<Partial<Document>, 'services'> = {},
): Document => ({ version: 1, services, ...rest });

/** A reconciler of a kernel, which is stopped at the end of the test. */
export function keep(
  t: ExecutionContext,
  kernel: FakeKernel,
  options: ReconcilerOptions = {},
): Kept {
  const reconciler = new Reconciler(kernel, { clock: kernel.clock, ...options });
  const events: string[] = [];
  const begun: number[] = [];
  const heard = Object.fromEntries(names.map((name) => [name, []])) as unknown as Heard;
  const start = kernel.clock.now();
  for (const name of names) {
    reconciler.on(name, (...values: unknown[]) => {
      events.push(name);
      (heard[name] as unknown[]).push(values);
    });
  }
  reconciler.on('cycle', ({ durationMs }) => begun.push(kernel.clock.now() - start - durationMs));
  t.teardown(() => turning(kernel, reconciler.stop()));
  const clear = () => {
    for (const list of [events, begun, ...Object.values(heard)]) list.length = 0;
  };
  return { reconciler, events, heard, begun, clear };
}

/** A reconciler that has brought a kernel to a state, and has said nothing since. */
export async function kept(
  t: ExecutionContext,
  kernel: FakeKernel,
  services: Services,
  options: ReconcilerOptions = {},
): Promise<Kept> {
  const made = keep(t, kernel, options);
  made.reconciler.setDesired(documentOf(services));
  made.reconciler.start();
  await kernel.clock.advance(3000);
  made.clear();
  kernel.clearCalls();
  return made;
}
