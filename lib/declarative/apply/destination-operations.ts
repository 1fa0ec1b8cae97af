import type { Backend } from '../../../types/backend.js';
import type { Destination, DestinationId, DestinationSpec } from '../../../types/destination.js';
import type { PlannedOperation } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import {
  afterDrift,
  type Circumstances,
  type Done,
  drifted,
  noop,
  noopAfterDrift,
  ok,
} from './done.js';
import { type Refusal, refusalFrom } from './failures.js';
import type { Recreation } from './recreation.js';
import { makeRequest } from './single-request.js';
import { upsertDestination } from './upserts.js';

/** Forwarding methods that can be asked for; others can be read. */
const requestable: ReadonlySet<string> = new Set(['masquerade', 'tunnel', 'direct']);

/**
 * Whether what comes of a destination is written whole. What cannot be asked for, because another program made it, is left
 * as it is where only the weight is taken; and what leaves its tunnel keeps the settings of it, which open
 * connections still use.
 */
export function isWrittenWhole(from: Destination | null, to: Destination): boolean {
  const leavesTunnel = from?.forward === 'tunnel' && to.forward !== 'tunnel';
  return requestable.has(to.forward) && !leavesTunnel;
}

/** Operations on destinations. */
export class DestinationOperations {
  readonly #backend: Backend;
  readonly #recreation: Recreation;

  constructor(backend: Backend, recreation: Recreation) {
    this.#backend = backend;
    this.#recreation = recreation;
  }

  /** The request that an operation is. */
  request(operation: PlannedOperation): Promise<void> {
    const { op, service, destination, before, after } = operation;
    const to = after as Destination;
    if (op !== 'set-dest' || isWrittenWhole(before as Destination | null, to)) {
      return makeRequest(this.#backend, operation);
    }
    return this.#writePart(service as ServiceId, destination as DestinationId, to);
  }

  /** What comes of an operation whose request was refused. */
  react(
    operation: PlannedOperation,
    refusal: Refusal,
    circumstances: Circumstances,
  ): Promise<Done> | Done {
    switch (operation.op) {
      case 'add-dest':
        return this.#reactToAdding(operation, refusal, circumstances);
      case 'set-dest':
        return this.#reactToSetting(operation, refusal);
      default:
        return this.#reactToRemoving(operation, refusal);
    }
  }

  async #reactToAdding(
    { service, after }: PlannedOperation,
    first: Refusal,
    { isRepeated, created }: Circumstances,
  ): Promise<Done> {
    const id = service as ServiceId;
    const destination = after as DestinationSpec;
    let refusal: Refusal | undefined = first;
    if (refusal.code === 'ESRCH' && created !== undefined) {
      // Its service was sent just before: perhaps it took more than one attempt, perhaps it did not come to be.
      if (!(await created)) throw refusal.error;
      refusal = await refusalFrom(this.#backend.addDestination(id, destination));
    }
    if (refusal === undefined) return ok;
    if (refusal.code === 'ESRCH') return this.#recreate(id, refusal.error);
    if (refusal.code !== 'EEXIST') throw refusal.error;
    const done = await this.#overwrite(id, destination);
    return isRepeated && done.status === 'ok' ? ok : done;
  }

  async #reactToSetting(
    { service, after, reason }: PlannedOperation,
    { code, error }: Refusal,
  ): Promise<Done> {
    const id = service as ServiceId;
    if (reason === 'drain-start' && code === 'ENOENT') return noop;
    if (reason === 'drain-start' && code === 'ESRCH') return this.#withoutService(id);
    if (code === 'ESRCH') return this.#recreate(id, error);
    if (code !== 'ENOENT') throw error;
    return this.#upsert(id, after as DestinationSpec);
  }

  #reactToRemoving({ service }: PlannedOperation, { code, error }: Refusal): Done {
    if (code === 'ENOENT') return noop;
    if (code === 'ESRCH') return this.#withoutService(service as ServiceId);
    throw error;
  }

  #writePart(id: ServiceId, target: DestinationId, to: Destination): Promise<void> {
    if (!requestable.has(to.forward)) {
      return this.#backend.updateDestination(id, target, { weight: to.weight });
    }
    const { forward, weight, upperThreshold, lowerThreshold } = to as DestinationSpec;
    const changes = { forward, weight, upperThreshold, lowerThreshold } as DestinationSpec;
    return this.#backend.updateDestination(id, target, changes);
  }

  /** A destination that another program added. */
  async #overwrite(id: ServiceId, destination: DestinationSpec): Promise<Done> {
    const refusal = await refusalFrom(this.#backend.setDestination(id, destination));
    if (refusal === undefined) return drifted;
    if (refusal.code !== 'ENOENT' && refusal.code !== 'ESRCH') throw refusal.error;
    return this.#upsert(id, destination);
  }

  async #upsert(id: ServiceId, destination: DestinationSpec): Promise<Done> {
    const refusal = await refusalFrom(upsertDestination(this.#backend, id, destination));
    if (refusal === undefined) return drifted;
    if (refusal.code !== 'ESRCH') throw refusal.error;
    return this.#recreate(id, refusal.error);
  }

  /** The service is gone, and comes again with all its destinations. */
  async #recreate(id: ServiceId, error: unknown): Promise<Done> {
    if (!this.#recreation.isWanted(id)) throw error;
    return afterDrift(await this.#recreation.recreate(id));
  }

  /** What was to go has gone along with its service, which may have to come again. */
  #withoutService(id: ServiceId): Done {
    return this.#recreation.isWanted(id) ? noopAfterDrift : noop;
  }
}
