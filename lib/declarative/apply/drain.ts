import type { ApplyOptions, DrainResult } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { DestinationRef } from '../../../types/destination.js';
import type { DesiredService, DesiredState, DrainPolicy } from '../../../types/document.js';
import type { ServiceRef } from '../../../types/service.js';
import type { Snapshot } from '../../../types/snapshot.js';
import { formatDestinationId, resolveDestinationRef } from '../../model/destination-id.js';
import { throwingReport } from '../../model/report.js';
import { formatServiceId, resolveServiceRef } from '../../model/service-id.js';
import { destinationOf, serviceFamily, serviceOf } from '../canonical.js';
import { diff } from '../diff/diff.js';
import { checkDrainPolicy } from '../document/drain-policy.js';
import { ApplyError } from '../errors.js';
import { apply } from './apply.js';

/** How `drain` works. */
export interface DrainOptions
  extends Pick<ApplyOptions, 'wait' | 'signal' | 'drainStore' | 'clock' | 'onOperation'> {
  /** Default: wait until it is idle, at most 300 seconds. */
  readonly policy?: DrainPolicy;
}

/**
 * Takes a destination away without cutting its connections: it gets no new ones, and goes when those it has are over or
 * its time is up. On a hash scheduler the fallback flag is set meanwhile. Resolves with how it came out, `gone` when there was none;
 * rejects as `apply` does, and with `ApplyError` when an operation failed.
 */
export async function drain(
  backend: Backend,
  service: ServiceRef,
  destination: DestinationRef,
  options: DrainOptions = {},
): Promise<DrainResult> {
  const key = resolveServiceRef(service);
  const target = formatServiceId(key);
  const id = formatDestinationId(resolveDestinationRef(destination, key));
  const { policy, ...rest } = options;
  const checked =
    policy === undefined ? undefined : checkDrainPolicy(policy, throwingReport, '/policy');
  const reading = options.signal === undefined ? {} : { signal: options.signal };
  const all = await backend.snapshot({ ...reading, addresses: false });
  const observed = all.services.find((each) => each.id === target);
  const present = observed?.destinations.find((each) => each.id === id);
  const gone: DrainResult = {
    service: target,
    destination: id,
    outcome: 'gone',
    activeConnections: 0,
    inactiveConnections: 0,
  };
  if (observed === undefined || present === undefined) return gone;

  const wanted: DesiredService = {
    ...serviceOf(observed),
    id: target,
    family: serviceFamily(observed),
    destinations: observed.destinations
      .filter((each) => each.id !== id)
      .map((each) => ({ ...destinationOf(each), id: each.id })),
  };
  const desired: DesiredState = { version: 1, services: [wanted], absent: [], warnings: [] };
  const actual: Snapshot = { ...all, services: [observed] };
  const plan = diff(desired, actual, checked === undefined ? {} : { drain: checked });
  const report = await apply(backend, plan, { ...rest, stale: 'force' });
  const failed = report.results.find(({ status }) => status === 'failed');
  if (failed !== undefined) {
    throw new ApplyError('E_KERNEL', failed.message ?? `${failed.op} failed`, { report });
  }
  const { activeConnections, inactiveConnections } = present;
  const drained: DrainResult = {
    ...gone,
    outcome: 'drained',
    activeConnections,
    inactiveConnections,
  };
  return report.drains.find((each) => each.destination === id) ?? drained;
}
