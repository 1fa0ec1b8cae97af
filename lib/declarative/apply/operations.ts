import type { Backend } from '../../../types/backend.js';
import type { Timeouts } from '../../../types/config.js';
import type { Destination, DestinationId, DestinationSpec } from '../../../types/destination.js';
import type { DesiredService } from '../../../types/document.js';
import type { PlannedOperation } from '../../../types/plan.js';
import type { Service, ServiceId, ServiceSpec } from '../../../types/service.js';
import { fullPrefix } from '../../model/netmask.js';
import { serviceOf } from '../canonical.js';
import { serviceChanges } from '../compare.js';
import { type Refusal, refusalOf } from './failures.js';

/** How an operation came out that was not refused for good. */
export interface Done {
  readonly status: 'ok' | 'noop';
  /** Somebody else had changed the same thing. */
  readonly drift?: true;
  /** What is to be said about it. */
  readonly message?: string;
}

const ok: Done = { status: 'ok' };
const noop: Done = { status: 'noop' };
const drifted: Done = { status: 'ok', drift: true };

/**
 * Carries operations out, one request each, and reacts to refusals that mean that another program was faster. Whatever
 * it does brings about the state that the operation asks for, so that programs with the same document do not fight.
 */
export class Operations {
  readonly #backend: Backend;
  readonly #declared: ReadonlyMap<ServiceId, DesiredService>;
  /** Services that are being made again, so that it happens once. */
  readonly #recreating = new Map<ServiceId, Promise<void>>();

  constructor(backend: Backend, declared: ReadonlyMap<ServiceId, DesiredService>) {
    this.#backend = backend;
    this.#declared = declared;
  }

  /** Makes one request, and others where the answer calls for them. Rejects with what the backend rejects with. */
  perform(operation: PlannedOperation): Promise<Done> {
    switch (operation.op) {
      case 'add-service':
        return this.#addService(operation);
      case 'set-service':
        return this.#setService(operation);
      case 'del-service':
        return this.#removeService(operation);
      case 'add-dest':
        return this.#addDestination(operation);
      case 'set-dest':
        return this.#setDestination(operation);
      case 'del-dest':
        return this.#removeDestination(operation);
      case 'bind-vip':
        return this.#bind(operation);
      case 'unbind-vip':
        return this.#unbind(operation);
      case 'ensure-device':
        return this.#ensureDevice(operation);
      case 'remove-device':
        return this.#removeDevice(operation);
      case 'set-timeouts':
        return this.#setTimeouts(operation);
      case 'set-sysctl':
        return this.#setSysctl(operation);
    }
  }

  async #addService({ service: id, after }: PlannedOperation): Promise<Done> {
    const service = after as ServiceSpec & Service;
    const refusal = await this.#try(() => this.#backend.addService(service));
    if (refusal === undefined) return ok;
    if (refusal.code !== 'EEXIST') throw refusal.error;
    const present = await this.#backend.getService(id as ServiceId);
    if (present !== undefined && serviceChanges(present, service).length === 0) {
      return { status: 'noop', drift: true };
    }
    await this.#backend.setService(service);
    return drifted;
  }

  async #setService(operation: PlannedOperation): Promise<Done> {
    const { service: id, after } = operation;
    const refusal = await this.#try(() => this.#backend.setService(after as ServiceSpec));
    if (refusal === undefined) return ok;
    if (refusal.code === 'ESRCH') {
      await this.#recreate(id as ServiceId, after as Service);
      return drifted;
    }
    throw await this.#mended(operation, refusal);
  }

  /** The kernel can lose the scheduler when it cannot take the new one: then the old one is put back. */
  async #mended({ service: id, before }: PlannedOperation, refusal: Failed): Promise<unknown> {
    const former = before as (Service & ServiceSpec) | null;
    if (former === null || former.scheduler === 'none' || refusal.code === 'ENOENT') {
      return refusal.error;
    }
    const present = await this.#backend.getService(id as ServiceId);
    if (present?.scheduler !== 'none') return refusal.error;
    await this.#backend.setService(former);
    const message = `${refusal.message}; the service was left without a scheduler, and has the one it had before again`;
    return Object.assign(new Error(message, { cause: refusal.error }), {
      code: refusal.code,
      errno: refusal.errno,
    });
  }

  async #removeService({ service: id }: PlannedOperation): Promise<Done> {
    const refusal = await this.#try(() => this.#backend.removeService(id as ServiceId));
    if (refusal === undefined) return ok;
    if (refusal.code === 'ESRCH') return noop;
    throw refusal.error;
  }

  async #addDestination({ service, after }: PlannedOperation): Promise<Done> {
    const id = service as ServiceId;
    const destination = after as DestinationSpec;
    const refusal = await this.#try(() => this.#backend.addDestination(id, destination));
    if (refusal === undefined) return ok;
    if (refusal.code === 'EEXIST') {
      await this.#backend.setDestination(id, destination);
      return drifted;
    }
    if (refusal.code !== 'ESRCH' || !this.#canRecreate(id)) throw refusal.error;
    await this.#recreate(id);
    return drifted;
  }

  async #setDestination(operation: PlannedOperation): Promise<Done> {
    const { service, destination, after, reason } = operation;
    const id = service as ServiceId;
    const refusal = await this.#try(() => this.#writeDestination(operation));
    if (refusal === undefined) return ok;
    const isGone = refusal.code === 'ENOENT' || refusal.code === 'ESRCH';
    if (isGone && reason === 'drain-start') return noop;
    if (refusal.code === 'ENOENT') {
      await this.#upsert(id, destination as DestinationId, after as DestinationSpec);
      return drifted;
    }
    if (refusal.code !== 'ESRCH' || !this.#canRecreate(id)) throw refusal.error;
    await this.#recreate(id);
    return drifted;
  }

  /**
   * What cannot be asked for, because another program made it, is left as it is where only the weight changes; and what
   * leaves its tunnel keeps the settings of it, which open connections still use.
   */
  #writeDestination(operation: PlannedOperation): Promise<void> {
    const { service, destination, before, after, fields } = operation;
    const [from, to] = [before as Destination | null, after as Destination];
    const id = service as ServiceId;
    const onlyWeight = fields.length === 1 && fields[0]?.path === 'weight';
    if (operation.reason === 'drain-start' && onlyWeight) {
      const changes = { weight: to.weight };
      return this.#backend.updateDestination(id, destination as DestinationId, changes);
    }
    if (from?.forward === 'tunnel' && to.forward !== 'tunnel') {
      const { forward, weight, upperThreshold, lowerThreshold } = to as DestinationSpec;
      const changes = { forward, weight, upperThreshold, lowerThreshold } as DestinationSpec;
      return this.#backend.updateDestination(id, destination as DestinationId, changes);
    }
    return this.#backend.setDestination(id, to as DestinationSpec);
  }

  async #removeDestination({ service, destination }: PlannedOperation): Promise<Done> {
    const refusal = await this.#try(() =>
      this.#backend.removeDestination(service as ServiceId, destination as DestinationId),
    );
    if (refusal === undefined) return ok;
    if (refusal.code === 'ENOENT' || refusal.code === 'ESRCH') return noop;
    throw refusal.error;
  }

  async #bind(operation: PlannedOperation): Promise<Done> {
    const { device, address } = operation.after as { device: string; address: string };
    for (let attempt = 1; ; attempt += 1) {
      const refusal = await this.#try(() => this.#backend.bindAddress(device, address));
      if (refusal === undefined) return attempt === 1 ? ok : drifted;
      if (refusal.code === 'EEXIST') return noop;
      if (refusal.code !== 'ENODEV' || attempt > 1) throw refusal.error;
      await this.#backend.ensureDummy(device);
    }
  }

  async #unbind(operation: PlannedOperation): Promise<Done> {
    const { device, address, prefixLength } = operation.before as {
      device: string;
      address: string;
      prefixLength: number;
    };
    const isWhole = prefixLength === fullPrefix(address.includes(':') ? 'ipv6' : 'ipv4');
    const target = isWhole ? address : `${address}/${prefixLength}`;
    const refusal = await this.#try(() => this.#backend.unbindAddress(device, target));
    if (refusal === undefined) return ok;
    if (refusal.code === 'EADDRNOTAVAIL' || refusal.code === 'ENODEV') return noop;
    throw refusal.error;
  }

  async #ensureDevice(operation: PlannedOperation): Promise<Done> {
    const { created } = await this.#backend.ensureDummy(operation.address as string);
    return created ? ok : noop;
  }

  async #removeDevice(operation: PlannedOperation): Promise<Done> {
    const device = operation.address as string;
    const refusal = await this.#try(() => this.#backend.removeDummy(device));
    if (refusal === undefined) return ok;
    if (refusal.code === 'ENODEV') return noop;
    throw refusal.error;
  }

  async #setTimeouts({ after }: PlannedOperation): Promise<Done> {
    await this.#backend.setTimeouts(after as Timeouts);
    return ok;
  }

  async #setSysctl({ after }: PlannedOperation): Promise<Done> {
    const { name, value } = after as { name: string; value: number | string };
    await this.#backend.setSysctl(name, value);
    return ok;
  }

  #canRecreate(id: ServiceId): boolean {
    return this.#declared.has(id);
  }

  /** Makes a service that went away with all it is declared to have. */
  #recreate(id: ServiceId, settings?: Service): Promise<void> {
    let recreating = this.#recreating.get(id);
    if (recreating === undefined) {
      recreating = this.#create(id, settings).finally(() => this.#recreating.delete(id));
      this.#recreating.set(id, recreating);
    }
    return recreating;
  }

  async #create(id: ServiceId, settings: Service | undefined): Promise<void> {
    const declared = this.#declared.get(id);
    const service = settings ?? (declared && serviceOf(declared));
    if (service === undefined) return;
    const refusal = await this.#try(() => this.#backend.addService(service as ServiceSpec));
    if (refusal !== undefined && refusal.code !== 'EEXIST') throw refusal.error;
    const destinations = declared?.destinations ?? [];
    await Promise.all(
      destinations.map((destination) => this.#upsert(id, destination.id, specOf(destination))),
    );
  }

  async #upsert(id: ServiceId, _id: DestinationId, destination: DestinationSpec): Promise<void> {
    const refusal = await this.#try(() => this.#backend.addDestination(id, destination));
    if (refusal === undefined) return;
    if (refusal.code !== 'EEXIST') throw refusal.error;
    await this.#backend.setDestination(id, destination);
  }

  /** What the backend refused; what is no refusal is thrown. */
  async #try(call: () => Promise<unknown>): Promise<Failed | undefined> {
    try {
      await call();
      return undefined;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return { ...refusal, error };
    }
  }
}

interface Failed extends Refusal {
  readonly error: unknown;
}

function specOf({ id: _id, ...destination }: DesiredService['destinations'][number]) {
  return destination as DestinationSpec;
}
