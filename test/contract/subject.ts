import type { ExecutionContext } from 'ava';
import type { Backend, DestinationSpec, ServiceSpec } from 'ipvs';

/** What another program does beside the backend. */
export interface OtherHand {
  /** Makes a network device that is up. */
  makeDevice(name: string, kind: string): Promise<void>;
  /** Binds an address such as `10.0.0.1/24`. */
  bind(device: string, address: string): Promise<void>;
  /** Adds a TCP service with `rr` to whatever address and port. */
  addService(address: string, port: number): Promise<void>;
}

/** A kernel with nothing in it, and the backend that is held to the contract. */
export interface Subject {
  readonly backend: Backend;
  readonly hand: OtherHand;
}

export interface SubjectOptions {
  /** Whether the loopback is up. Default true. */
  readonly loopback?: boolean;
}

/** Makes the kernel of one test. */
export type MakeSubject = (t: ExecutionContext, options?: SubjectOptions) => Promise<Subject>;

export const tcp = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
export const udp = { protocol: 'udp', address: '192.0.2.1', port: 53 } as const;
export const tcp6 = { protocol: 'tcp', address: '2001:db8::1', port: 80 } as const;

/** What a destination is and has that was added with nothing but an address. */
export const plainDestination = {
  forward: 'masquerade',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  activeConnections: 0,
  inactiveConnections: 0,
  persistentConnections: 0,
} as const;

/** Adds a service with destinations of these addresses. */
export async function fill(
  backend: Backend,
  service: ServiceSpec,
  ...destinations: readonly (string | DestinationSpec)[]
): Promise<void> {
  await backend.addService(service);
  for (const each of destinations) {
    await backend.addDestination(service, typeof each === 'string' ? { address: each } : each);
  }
}

/** The ids of what is listed, as plain texts. */
export function ids(listed: readonly { readonly id: string }[]): string[] {
  return listed.map(({ id }) => String(id));
}

/** The ids of all services. */
export async function serviceIds(backend: Backend): Promise<string[]> {
  return ids((await backend.snapshot({ settings: false, addresses: false })).services);
}

/** How the calls ended: `done`, or the code of the error and what was missing. */
export async function endings(...calls: readonly Promise<unknown>[]): Promise<string[]> {
  return (await Promise.allSettled(calls)).map((call) =>
    call.status === 'fulfilled'
      ? 'done'
      : [call.reason.code, call.reason.missing].filter(Boolean).join(' '),
  );
}
