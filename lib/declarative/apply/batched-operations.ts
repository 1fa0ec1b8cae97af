import type { Destination } from '../../../types/destination.js';
import type { PlannedOperation } from '../../../types/plan.js';
import type { Service } from '../../../types/service.js';
import type { WriteBatch } from '../../kernel/write-batch.js';
import { isWrittenWhole } from './destination-operations.js';
import { makeRequest } from './single-request.js';

/** Whether an operation is one request that has a place in a batch. */
export function isBatchable({ op, before, after }: PlannedOperation): boolean {
  switch (op) {
    case 'add-service':
    case 'set-service':
      return (after as Service).persistence?.engine === undefined;
    case 'set-dest':
      return isWrittenWhole(before as Destination | null, after as Destination);
    default:
      return op === 'del-service' || op === 'add-dest' || op === 'del-dest';
  }
}

/** Adds the one request of an operation to a batch; false where there is something wrong with it. */
export function tryAddToBatch(batch: WriteBatch, operation: PlannedOperation): boolean {
  try {
    makeRequest(batch, operation);
    return true;
  } catch {
    return false;
  }
}
