import type { DestinationId, DestinationSpec } from '../../../types/destination.js';
import type { PlannedOperation } from '../../../types/plan.js';
import type { ServiceId, ServiceSpec } from '../../../types/service.js';

/** What takes requests: a backend, which promises to answer each, or a batch, which is answered as a whole. */
export interface RequestTaker<Answer> {
  addService(spec: ServiceSpec): Answer;
  setService(spec: ServiceSpec): Answer;
  removeService(service: ServiceId): Answer;
  addDestination(service: ServiceId, spec: DestinationSpec): Answer;
  setDestination(service: ServiceId, spec: DestinationSpec): Answer;
  removeDestination(service: ServiceId, destination: DestinationId): Answer;
}

/** Makes the one request that an operation on a service or on a destination is. */
export function makeRequest<Answer>(
  to: RequestTaker<Answer>,
  { op, service, destination, after }: PlannedOperation,
): Answer {
  const id = service as ServiceId;
  switch (op) {
    case 'add-service':
      return to.addService(after as ServiceSpec);
    case 'set-service':
      return to.setService(after as ServiceSpec);
    case 'del-service':
      return to.removeService(id);
    case 'add-dest':
      return to.addDestination(id, after as DestinationSpec);
    case 'set-dest':
      return to.setDestination(id, after as DestinationSpec);
    default:
      return to.removeDestination(id, destination as DestinationId);
  }
}
