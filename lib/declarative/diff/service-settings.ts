import type { CompleteDrainPolicy } from '../../../types/document.js';
import type { FieldChange } from '../../../types/plan.js';
import type { Service, ServiceId } from '../../../types/service.js';
import { serviceOf } from '../../model/service.js';
import { serviceChanges } from '../compare.js';
import { hasFallback, lacksFallback, rehashes, withFallback } from '../hash-schedulers.js';
import type { DiffContext } from './context.js';
import type { Removal } from './removals.js';
import type { Place } from './waits.js';

/** What becomes of the settings of a service, as long as destinations of it drain. */
interface SettingsChange {
  readonly after: Service;
  readonly fields: readonly FieldChange[];
}

/**
 * Plans the settings of a service that stays: the declared ones, with the fallback flag as long as destinations drain. It is
 * taken back when the last of them is gone.
 */
export function changeServiceSettings(
  context: DiffContext,
  { id, service, policy }: Place,
  before: Service,
  drains: readonly Removal[],
): SettingsChange {
  const declared = serviceOf(service);
  const fallsBack = needsFallback(before, declared, policy, drains);
  const after = fallsBack ? { ...declared, schedulerFlags: withFallback(declared) } : declared;
  const fields = serviceChanges(before, after);
  if (fields.length > 0) {
    context.drafts.add({
      phase: 'tune',
      op: 'set-service',
      service: id,
      before,
      after,
      fields,
      reason: serviceChanges(before, declared).length > 0 ? 'declared' : 'drain-fallback',
      impact: rehashes(before, after) ? ['new-connections', 'hash-remap'] : ['new-connections'],
    });
  }
  if (fallsBack) restoreFlags(context, id, after, declared, drains);
  return { after, fields };
}

/** What has drained already needs no fallback any more, but one that is set stays until it is gone. */
function needsFallback(
  before: Service,
  declared: Service,
  { hash }: CompleteDrainPolicy,
  drains: readonly Removal[],
): boolean {
  if (hash !== 'fallback' || drains.length === 0 || !lacksFallback(declared)) return false;
  return hasFallback(before) || drains.some(({ deferred }) => deferred !== undefined);
}

/** Takes the fallback flag back when nothing drains any more. */
function restoreFlags(
  context: DiffContext,
  id: ServiceId,
  before: Service,
  after: Service,
  drains: readonly Removal[],
): void {
  const waiting = drains.flatMap(({ deferred }) => deferred ?? []);
  const [first] = waiting;
  const deadlineMs = waiting.reduce((longest, each) => Math.max(longest, each.deadlineMs), 0);
  context.drafts.add({
    phase: 'restore',
    op: 'set-service',
    service: id,
    before,
    after,
    fields: serviceChanges(before, after),
    reason: 'drain-fallback',
    impact: ['new-connections'],
    ...(first === undefined ? {} : { deferred: { until: first.until, deadlineMs } }),
    dependsOn: drains.map(({ remove }) => remove),
  });
}
