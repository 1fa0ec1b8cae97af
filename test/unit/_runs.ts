import type { ExecutionContext } from 'ava';
import {
  type ApplyReport,
  type Backend,
  type Document,
  diff,
  normalize,
  type ObservedDestination,
  type ReconcileOptions,
  reconcile,
} from 'ipvs';
import { FakeKernel, type FakeKernelOptions } from 'ipvs/testing';

export type Services = Document['services'];
type Rest = Omit<Partial<Document>, 'services'>;

export const web = { protocol: 'tcp', address: '10.9.0.1', port: 80 } as const;
export const webId = 'tcp/10.9.0.1:80';
export const mail = { protocol: 'tcp', address: '10.9.0.2', port: 25 } as const;
export const mailId = 'tcp/10.9.0.2:25';

/** Destinations of these numbers: `10.2.0.1` and so on, all with one weight. */
export const to = (...numbers: readonly number[]) =>
  numbers.map((number) => ({ address: `10.2.0.${number}` }));

export const state = (services: Services, rest: Rest = {}) =>
  normalize({ version: 1, services, ...rest });

/** A kernel that has these services, put there by another program. */
export async function kernelWith(
  services: Services = [],
  options: FakeKernelOptions = {},
): Promise<FakeKernel> {
  const kernel = new FakeKernel(options);
  for (const { id, destinations, ...service } of state(services).services) {
    const { name: _name, drain: _drain, ignore: _ignore, family: _family, ...spec } = service;
    const key = 'fwmark' in spec ? { family: service.family } : {};
    await kernel.other.addService({ ...spec, ...key } as Parameters<Backend['addService']>[0]);
    for (const { id: _id, ...destination } of destinations) {
      await kernel.other.addDestination(id, destination as { address: string });
    }
  }
  return kernel;
}

/** Turns the clock until a promise has settled. */
export async function turning<Value>(
  kernel: Pick<FakeKernel, 'clock'>,
  promise: Promise<Value>,
  step = 100,
): Promise<Value> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  await kernel.clock.settle();
  for (let turns = 0; !isSettled && turns < 20_000; turns += 1) await kernel.clock.advance(step);
  return promise;
}

/** Reconciles with the kernel's clock, and turns that. */
export function bring(
  kernel: FakeKernel,
  services: Services,
  { rest, ...options }: ReconcileOptions & { readonly rest?: Rest } = {},
): Promise<ApplyReport> {
  const run = reconcile(kernel, state(services, rest), { clock: kernel.clock, ...options });
  return turning(kernel, run);
}

const reads = /^(snapshot|get-|list-)/;

/** What was written, in order. */
export function writes(kernel: FakeKernel): string[] {
  return kernel.calls
    .filter(({ operation }) => !reads.test(operation))
    .map(({ operation, target }) => (target === undefined ? operation : `${operation} ${target}`));
}

/** What became of each operation: `add-dest tcp/… -> …: ok drift`. */
export function told({ results }: Pick<ApplyReport, 'results'>): string[] {
  return results.map(({ op, service, destination, address, status, code, skipReason, drift }) => {
    const target =
      destination === undefined ? (service ?? address) : `${service} -> ${destination}`;
    return [`${op} ${target}:`, status, code, skipReason, drift && 'drift']
      .filter(Boolean)
      .join(' ');
  });
}

/** The destinations of a service as `address weight`. */
export async function weights(kernel: FakeKernel, service = webId): Promise<string[]> {
  const listed = await kernel.other.listDestinations(service).catch(() => []);
  return listed.map(({ address, weight }: ObservedDestination) => `${address} ${weight}`);
}

/** Everything is as it should be. */
export async function isReached(
  t: ExecutionContext,
  kernel: FakeKernel,
  services: Services,
  rest: Rest = {},
): Promise<void> {
  const left = diff(state(services, rest), await kernel.other.snapshot());
  t.deepEqual(
    left.operations.map(({ op, service, destination }) => [op, service, destination]),
    [],
  );
}
