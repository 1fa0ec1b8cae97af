import type { Connection } from 'ipvs';
import type { Greeting } from './_host-role.js';
import type { Passage } from './_passage.js';
import type { Traffic } from './_traffic.js';

/** A call that was answered, and the caller's port. */
export type Call = Greeting & { readonly port: number };

/** Opens a connection, and says who greets. */
export async function open(traffic: Traffic, passage: Passage, from = passage.from): Promise<Call> {
  const connected = await traffic.host(passage.caller).ask('connect', from, passage.to);
  if ('error' in connected) throw new Error(`the call failed: ${connected.error}`);
  return { ...connected, port: connected.connection };
}

/** Says who answers a call, or why nobody does. A connection is closed again. */
export async function visit(
  traffic: Traffic,
  { caller, protocol, to, ...passage }: Passage,
  from = passage.from,
): Promise<string> {
  const host = traffic.host(caller);
  if (protocol === 'udp') {
    const [answer] = await host.ask('ask', from, to, ['hello']);
    return answer === undefined || 'error' in answer ? (answer?.error ?? 'nothing') : answer.server;
  }
  const connected = await host.ask('connect', from, to);
  if ('error' in connected) return connected.error;
  await host.ask('hangUp', connected.connection);
  return connected.server;
}

/** Makes calls one after the other, and says who answered each. */
export async function visits(
  traffic: Traffic,
  passage: Passage,
  times: number,
  from?: string,
): Promise<string[]> {
  const answers: string[] = [];
  for (let time = 0; time < times; time += 1) answers.push(await visit(traffic, passage, from));
  return answers;
}

/** What the kernel lists for a passage, by the caller's port: templates first. */
export async function entriesTo(traffic: Traffic, { to }: Passage): Promise<Connection[]> {
  const entries = await traffic.entries();
  return entries
    .filter(({ virtual }) => {
      return 'port' in virtual && virtual.port === to.port && virtual.address === to.address;
    })
    .toSorted((one, other) => one.client.port - other.client.port);
}
