import type { Backend } from '../../../types/backend.js';
import type { PlannedOperation } from '../../../types/plan.js';
import { familyOf } from '../../model/address.js';
import { fullPrefix } from '../../model/netmask.js';
import { type Done, drifted, noop, ok } from './done.js';
import { refusalFrom } from './failures.js';
import type { Wanted } from './wanted.js';

interface VirtualAddress {
  readonly device: string;
  readonly address: string;
  readonly prefixLength: number;
}

/** Operations on virtual addresses and their device. */
export class AddressOperations {
  readonly #backend: Backend;
  readonly #wanted: Wanted;

  constructor(backend: Backend, wanted: Wanted) {
    this.#backend = backend;
    this.#wanted = wanted;
  }

  async bind(operation: PlannedOperation): Promise<Done> {
    const { device, address } = operation.after as VirtualAddress;
    const bind = () => refusalFrom(this.#backend.bindAddress(device, address));
    let refusal = await bind();
    let done = ok;
    if (refusal?.code === 'ENODEV' && this.#wanted.makesDevice) {
      await this.#backend.ensureDummy(device);
      refusal = await bind();
      done = drifted;
    }
    if (refusal === undefined) return done;
    if (refusal.code === 'EEXIST') return noop;
    throw refusal.error;
  }

  async unbind(operation: PlannedOperation): Promise<Done> {
    const { device, address, prefixLength } = operation.before as VirtualAddress;
    const isWhole = prefixLength === fullPrefix(familyOf(address));
    const target = isWhole ? address : `${address}/${prefixLength}`;
    const refusal = await refusalFrom(this.#backend.unbindAddress(device, target));
    if (refusal === undefined) return ok;
    if (refusal.code === 'EADDRNOTAVAIL' || refusal.code === 'ENODEV') return noop;
    throw refusal.error;
  }

  async ensureDevice({ address: device }: PlannedOperation): Promise<Done> {
    const { created } = await this.#backend.ensureDummy(device as string);
    return created ? ok : noop;
  }

  async removeDevice({ address: device }: PlannedOperation): Promise<Done> {
    const refusal = await refusalFrom(this.#backend.removeDummy(device as string));
    if (refusal === undefined) return ok;
    if (refusal.code === 'ENODEV') return noop;
    throw refusal.error;
  }
}
