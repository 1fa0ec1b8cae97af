import type { ApplyOptions, ApplyReport, DrainResult, DrainStore } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type {
  DestinationId,
  DestinationRef,
  ObservedDestination,
} from '../../../types/destination.js';
import type { DesiredState, DrainPolicy } from '../../../types/document.js';
import type { DiffOptions, DrainRecord } from '../../../types/plan.js';
import type { ServiceId, ServiceRef } from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import { formatDestinationId, resolveDestinationRef } from '../../model/destination-id.js';
import { present, throwingReport } from '../../model/report.js';
import { formatServiceId, resolveServiceRef } from '../../model/service-id.js';
import { diff } from '../diff/diff.js';
import { checkDrainPolicy } from '../document/drain-policy.js';
import { ApplyError } from '../errors.js';
import { systemClock } from '../system-clock.js';
import { Application } from './application.js';
import { checkApplyOptions } from './check-options.js';
import { reading } from './reading.js';
import { asDesired } from './rollback.js';
import { readService } from './touched.js';

/** How `drain` works. */
export interface DrainOptions
  extends Pick<
    ApplyOptions,
    'wait' | 'signal' | 'drainStore' | 'clock' | 'onOperation' | 'onDrain'
  > {
  /** Default: wait until it is idle, at most 300 seconds. */
  readonly policy?: DrainPolicy;
}

interface Target {
  readonly service: ServiceId;
  readonly destination: DestinationId;
}

/**
 * Takes a destination away without cutting its connections: it gets no new ones, and goes when those it has are over or
 * its time is up. On a hash scheduler the fallback flag is set meanwhile. Resolves with how it came out: `gone` when there was
 * none, `pending` when it was not waited for, or not to the end; rejects as `apply` does, and with `ApplyError` when an
 * operation failed.
 */
export async function drain(
  backend: Backend,
  service: ServiceRef,
  destination: DestinationRef,
  options: DrainOptions = {},
): Promise<DrainResult> {
  const target = targetOf(service, destination);
  const { policy, drainStore, ...rest } = options;
  const checked =
    policy === undefined
      ? {}
      : { drain: present(checkDrainPolicy(policy, throwingReport, '/policy')) };
  checkApplyOptions(rest);
  const { signal, clock = systemClock } = options;
  const reads = readService(backend, target.service, signal && { signal });
  const observed = await reading(reads);
  const leaving = observed?.destinations.find(({ id }) => id === target.destination);
  if (observed === undefined || leaving === undefined) return resultOf(target, 'gone', undefined);

  const known = (await drainStore?.load()) ?? [];
  const isOurs = (record: DrainRecord) =>
    record.service === target.service && record.destination === target.destination;
  const drains = known.filter(isOurs);
  const others = known.filter((record) => !isOurs(record));
  const plan = planDrain(observed, target, { ...checked, drains, now: clock.now() });
  const store = drainStore === undefined ? {} : { drainStore: besides(drainStore, others) };
  const report = await new Application(backend, plan, {
    ...rest,
    ...store,
    stale: 'force',
  }).run();
  return outcomeOf(report, target, leaving);
}

function targetOf(service: ServiceRef, destination: DestinationRef): Target {
  const key = resolveServiceRef(service);
  const id = formatDestinationId(resolveDestinationRef(destination, key));
  return { service: formatServiceId(key), destination: id };
}

/** The service as it is, without the destination. */
function planDrain(observed: ServiceSnapshot, { destination }: Target, options: DiffOptions) {
  const service = asDesired(observed);
  const destinations = service.destinations.filter(({ id }) => id !== destination);
  const services = [{ ...service, destinations }];
  const desired: DesiredState = { version: 1, services, absent: [], warnings: [] };
  return diff(desired, { services: [observed], consistent: true }, options);
}

/** A store in which the records of other drains stay. */
function besides(store: DrainStore, others: readonly DrainRecord[]): DrainStore {
  return {
    load: () => store.load(),
    save: (records) => store.save([...others, ...records]),
  };
}

function outcomeOf(report: ApplyReport, target: Target, leaving: ObservedDestination): DrainResult {
  const failed = report.results.find(({ status }) => status === 'failed');
  if (failed !== undefined) {
    throw new ApplyError(failed.code ?? 'E_KERNEL', failed.message ?? `${failed.op} failed`, {
      report,
    });
  }
  const drained = report.drains.find(({ destination }) => destination === target.destination);
  if (drained !== undefined) return drained;
  const removal = report.results.find(({ op }) => op === 'del-dest');
  if (removal?.status === 'skipped') return resultOf(target, 'pending', leaving);
  if (removal?.status === 'noop') return resultOf(target, 'gone', undefined);
  // It had no time: what connections it had are cut.
  const { activeConnections, inactiveConnections } = leaving;
  const isIdle = activeConnections + inactiveConnections === 0;
  return resultOf(target, isIdle ? 'drained' : 'expired', leaving);
}

function resultOf(
  target: Target,
  outcome: DrainResult['outcome'],
  at: ObservedDestination | undefined,
): DrainResult {
  const { activeConnections = 0, inactiveConnections = 0 } = at ?? {};
  return { ...target, outcome, activeConnections, inactiveConnections };
}
