import type { OperationResult } from '../../../types/apply.js';
import type { PlannedOperation } from '../../../types/plan.js';
import type { Mutable } from '../../model/fields.js';

/** What became of an operation, without what it was. */
export type Result = Omit<OperationResult, 'id' | 'op' | 'service' | 'destination' | 'address'>;

/**
 * Says of a result which operation it is of. The usual ones are put together field by field, at once: a spread costs a
 * hundred times as much, and a field that is added later takes memory besides.
 */
export function nameResult(
  { id, op, service, destination, address }: PlannedOperation,
  result: Result,
): OperationResult {
  const { status, drift, attempts, durationMs } = result;
  if (service !== undefined && status === 'ok' && drift === undefined) {
    return destination === undefined
      ? { id, op, status, attempts, durationMs, service }
      : { id, op, status, attempts, durationMs, service, destination };
  }
  const named: Mutable<OperationResult> = { id, op, ...result };
  if (service !== undefined) named.service = service;
  if (destination !== undefined) named.destination = destination;
  if (address !== undefined) named.address = address;
  return named;
}

/** Whether what an operation asks for is so now. */
export function isDone({ status }: Pick<OperationResult, 'status'>): boolean {
  return status === 'ok' || status === 'noop';
}

/** Whether an operation was not done, nor will be. */
export function isMissed(result: Pick<OperationResult, 'status'> | undefined): boolean {
  return result?.status === 'failed' || result?.status === 'skipped';
}
