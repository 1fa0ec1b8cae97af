import test, { type ExecutionContext } from 'ava';
import type { Transport } from 'ipvs';
import { makeNamespace, type Namespace, type NamespaceOptions } from './_namespace.js';

/** Every way to the kernel. */
export const transports: readonly Transport[] = ['netlink', 'sockopt'];

type MakeNamespace = (t: ExecutionContext, options?: NamespaceOptions) => Promise<Namespace>;

/** A test for each way to the kernel: the namespaces that it makes are opened over that way. */
export function overEach(
  title: string,
  body: (t: ExecutionContext, makeNamespace: MakeNamespace) => Promise<void>,
): void {
  for (const transport of transports) {
    test(`${title} (${transport})`, (t) =>
      body(t, (context, options) => makeNamespace(context, { ...options, transport })));
  }
}
