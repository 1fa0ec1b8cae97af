import type { Backend } from '../../../types/backend.js';
import type { PlannedOperation } from '../../../types/plan.js';
import type { Service, ServiceId, ServiceSpec } from '../../../types/service.js';
import { serviceChanges } from '../compare.js';
import { afterDrift, type Circumstances, type Done, noop, noopAfterDrift, ok } from './done.js';
import { type Refusal, refusalFrom } from './failures.js';
import type { Recreation } from './recreation.js';
import { makeRequest } from './single-request.js';
import { upsertService } from './upserts.js';

/** Operations on services. */
export class ServiceOperations {
  readonly #backend: Backend;
  readonly #recreation: Recreation;

  constructor(backend: Backend, recreation: Recreation) {
    this.#backend = backend;
    this.#recreation = recreation;
  }

  /** The request that an operation is. */
  request(operation: PlannedOperation): Promise<void> {
    return makeRequest(this.#backend, operation);
  }

  /** What comes of an operation whose request was refused. */
  react(
    operation: PlannedOperation,
    refusal: Refusal,
    circumstances: Circumstances,
  ): Promise<Done> | Done {
    switch (operation.op) {
      case 'add-service':
        return this.#reactToAdding(operation, refusal, circumstances);
      case 'set-service':
        return this.#reactToSetting(operation, refusal);
      default:
        if (refusal.code === 'ESRCH') return noop;
        throw refusal.error;
    }
  }

  async #reactToAdding(
    { service: id, after }: PlannedOperation,
    refusal: Refusal,
    { isRepeated }: Circumstances,
  ): Promise<Done> {
    if (refusal.code !== 'EEXIST') throw refusal.error;
    const service = after as ServiceSpec & Service;
    const present = await this.#backend.getService(id as ServiceId);
    if (present !== undefined && serviceChanges(present, service).length === 0) {
      return isRepeated ? ok : noopAfterDrift;
    }
    const first = await refusalFrom(this.#backend.setService(service));
    const absent =
      first?.code === 'ESRCH' ? await refusalFrom(upsertService(this.#backend, service)) : first;
    if (absent !== undefined && absent.code !== 'ESRCH') throw absent.error;
    return afterDrift(absent === undefined);
  }

  async #reactToSetting(operation: PlannedOperation, refusal: Refusal): Promise<Done> {
    if (refusal.code !== 'ESRCH') throw await this.#mended(operation, refusal);
    const { service: id, after } = operation;
    return afterDrift(await this.#recreation.recreate(id as ServiceId, after as Service));
  }

  /** The kernel can lose the scheduler when it cannot take the new one: then what was there before is put back. */
  async #mended({ service: id, before }: PlannedOperation, refusal: Refusal): Promise<unknown> {
    const former = before as (Service & ServiceSpec) | null;
    // Where a module is missing nothing was changed.
    if (former === null || former.scheduler === 'none' || refusal.code === 'ENOENT') {
      return refusal.error;
    }
    const present = await this.#backend.getService(id as ServiceId);
    if (present?.scheduler !== 'none') return refusal.error;
    const again = await refusalFrom(this.#backend.setService(former));
    const outcome =
      again === undefined
        ? 'has the one it had before again'
        : `could not be given the one it had before: ${again.message}`;
    const message = `${refusal.message}; the service was left without a scheduler, and ${outcome}`;
    const { code, errno, error: cause } = refusal;
    return Object.assign(new Error(message, { cause }), { code, errno });
  }
}
