import type { CallOptions } from '../../types/config.js';
import type { Operation } from '../../types/error.js';
import type { Service } from '../../types/service.js';
import { noScheduler } from '../model/scheduler.js';
import { IpvsError } from './errors.js';
import { FreshNamespace } from './fresh-namespace.js';
import { checkSignal } from './options.js';
import type { Session } from './session.js';
import { Sysctls } from './sysctls.js';

/** The schedulers of Linux, up to 7.3. */
const schedulers = [
  ...['dh', 'fo', 'lblc', 'lblcr', 'lc', 'mh', 'nq', 'ovf'],
  ...['rr', 'sed', 'sh', 'twos', 'wlc', 'wrr'],
];

/** The persistence engines of Linux, up to 7.3. */
const engines = ['sip'];

/**
 * Schedulers that come with a setting in each namespace. A kernel that loads their modules inside a request, while
 * namespaces are made or end elsewhere, waits for itself for ever; so they are only tried where they are loaded.
 */
const perNamespace: ReadonlyMap<string, string> = new Map([
  ['lblc', 'lblc_expiration'],
  ['lblcr', 'lblcr_expiration'],
]);

export async function availableSchedulers(
  session: Session,
  options: CallOptions | undefined,
): Promise<string[]> {
  const settings = await new Sysctls(session).list(options);
  const safe = schedulers.filter((name) => {
    const setting = perNamespace.get(name);
    return setting === undefined || setting in settings;
  });
  return available(session, 'list-schedulers', safe, options, (scheduler, number) => ({
    fwmark: number,
    family: 'ipv4',
    scheduler,
    schedulerFlags: [],
    onePacket: false,
  }));
}

export async function availableEngines(
  session: Session,
  options: CallOptions | undefined,
): Promise<string[]> {
  // The socket options know none, whatever the kernel has.
  if (session.transport === 'sockopt') return [];
  return available(session, 'list-engines', engines, options, (engine, number) => ({
    protocol: 'udp',
    address: '192.0.2.1',
    port: number,
    scheduler: noScheduler,
    schedulerFlags: [],
    persistence: { timeout: 60, netmask: '255.255.255.255', engine },
    onePacket: false,
  }));
}

/** Which of the names the kernel takes, each in a service of its own. */
async function available(
  session: Session,
  operation: Operation,
  names: readonly string[],
  options: CallOptions | undefined,
  serviceOf: (name: string, number: number) => Service,
): Promise<string[]> {
  const signal = checkSignal(options);
  await using fresh = new FreshNamespace(session);
  const outcomes = await Promise.allSettled(
    names.map((name, index) => fresh.addService({ operation }, serviceOf(name, index + 1), signal)),
  );
  return names.filter((_, index) => {
    const outcome = outcomes[index] as PromiseSettledResult<void>;
    if (outcome.status === 'fulfilled') return true;
    const { reason } = outcome;
    if (reason instanceof IpvsError && isNotAvailable(reason)) return false;
    throw reason;
  });
}

function isNotAvailable({ code, missing }: IpvsError): boolean {
  return code === 'ENOENT' && missing !== 'ipvs' && missing !== 'namespace';
}
