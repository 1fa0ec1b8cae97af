import type { ExecutionContext } from 'ava';
import type { Connection } from 'ipvs';
import { eventually } from './_eventually.js';
import type { Traffic } from './_traffic.js';

/** What is to be known of a template: whom it remembers, where that one went, and where it is sent again. */
export type Template = Pick<
  Connection,
  'protocol' | 'client' | 'virtual' | 'destination' | 'engine'
>;

/** These are the templates the kernel has for what was called, and each lasts at most so many seconds more. */
export async function checkTemplates(
  t: ExecutionContext,
  traffic: Traffic,
  virtual: Template['virtual'],
  expected: readonly Omit<Template, 'virtual'>[],
  timeout: number,
): Promise<void> {
  const found = await eventually(
    () => templatesOf(traffic, virtual),
    (templates) => templates.every(({ state }) => state === 'ASSURED'),
  );
  const seen = found.map(({ expires: _, ...rest }) => rest);
  const complete = expected.map((template) => {
    return { ...template, virtual, state: 'ASSURED', template: true, invalidated: false };
  });
  t.deepEqual(seen.toSorted(byClient), complete.toSorted(byClient));
  for (const { expires } of found) t.true(expires >= 0 && expires <= timeout, String(expires));
}

/** The templates for an address and port, or for a mark. */
export async function templatesOf(
  traffic: Traffic,
  virtual: Template['virtual'],
): Promise<Connection[]> {
  const key = JSON.stringify(virtual);
  const entries = await traffic.entries();
  return entries.filter((entry) => entry.template && JSON.stringify(entry.virtual) === key);
}

function byClient(one: Omit<Template, 'virtual'>, other: Omit<Template, 'virtual'>): number {
  return order(one) < order(other) ? -1 : 1;
}

function order({ client, engine }: Omit<Template, 'virtual'>): string {
  return `${client.address} ${engine?.data}`;
}
