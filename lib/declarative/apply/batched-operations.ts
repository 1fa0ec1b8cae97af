import type { Destination, DestinationId, DestinationSpec } from '../../../types/destination.js';
import type { PlannedOperation } from '../../../types/plan.js';
import type { Service, ServiceId, ServiceSpec } from '../../../types/service.js';
import type { WriteBatch } from '../../kernel/write-batch.js';
import { isWrittenWhole } from './destination-operations.js';

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
    addToBatch(batch, operation);
    return true;
  } catch {
    return false;
  }
}

function addToBatch(
  batch: WriteBatch,
  { op, service, destination, after }: PlannedOperation,
): void {
  const id = service as ServiceId;
  switch (op) {
    case 'add-service':
      batch.addService(after as ServiceSpec);
      break;
    case 'set-service':
      batch.setService(after as ServiceSpec);
      break;
    case 'del-service':
      batch.removeService(id);
      break;
    case 'add-dest':
      batch.addDestination(id, after as DestinationSpec);
      break;
    case 'set-dest':
      batch.setDestination(id, after as DestinationSpec);
      break;
    default:
      batch.removeDestination(id, destination as DestinationId);
  }
}
