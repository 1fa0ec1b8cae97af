import type { Backend } from 'ipvs';

const writes = [
  'addService',
  'setService',
  'removeService',
  'addDestination',
  'setDestination',
  'updateDestination',
  'removeDestination',
  'setTimeouts',
  'setSysctl',
  'ensureDummy',
  'removeDummy',
  'bindAddress',
  'unbindAddress',
] as const;

/** What is called around each write of a backend; what `before` throws is what the caller gets instead. */
export interface Watcher {
  before?(name: (typeof writes)[number]): void;
  after?(name: (typeof writes)[number]): void;
}

/** A backend whose writes are watched, one by one. */
export function watched(backend: Backend, { before, after }: Watcher): Backend {
  const wrapped = Object.create(backend) as Record<string, unknown>;
  for (const name of writes) {
    wrapped[name] = async (...args: unknown[]) => {
      before?.(name);
      const call = backend[name] as (...args: unknown[]) => Promise<unknown>;
      const result = await call.apply(backend, args);
      after?.(name);
      return result;
    };
  }
  // Methods of a class with private fields want the object itself.
  for (const name of [
    'snapshot',
    'getService',
    'listDestinations',
    'timeouts',
    'sysctls',
  ] as const) {
    wrapped[name] = (backend[name] as (...args: unknown[]) => unknown).bind(backend);
  }
  return wrapped as unknown as Backend;
}
