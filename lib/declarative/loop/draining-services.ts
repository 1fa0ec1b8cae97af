import type { CompleteDrainPolicy, DesiredState, DrainPolicy } from '../../../types/document.js';
import type { ServiceId } from '../../../types/service.js';
import { completeDrainPolicy } from '../document/drain-policy.js';

/** What should become of a service, as far as its drains are concerned. */
export interface DrainingService {
  /** Whether it stays, so that its destinations go one by one. */
  readonly isDeclared: boolean;
  readonly policy: CompleteDrainPolicy;
}

interface Entry {
  readonly isDeclared: boolean;
  readonly drain: DrainPolicy | undefined;
}

const undeclared: Entry = { isDeclared: false, drain: undefined };

/** What should become of the services that drain. While nothing does, nothing is looked up. */
export class DrainingServices {
  readonly #desired: DesiredState | undefined;
  readonly #policy: DrainPolicy | undefined;
  readonly #services = new Map<ServiceId, DrainingService>();
  #entries: ReadonlyMap<ServiceId, Entry> | undefined;

  /** `policy` is for services that say nothing themselves, setting by setting. */
  constructor(desired: DesiredState | undefined, policy: DrainPolicy | undefined) {
    this.#desired = desired;
    this.#policy = policy;
  }

  /** Whether it is made of that state. */
  isOf(desired: DesiredState): boolean {
    return this.#desired === desired;
  }

  get(id: ServiceId): DrainingService {
    let service = this.#services.get(id);
    if (service === undefined) {
      this.#entries ??= entriesOf(this.#desired);
      const { isDeclared, drain } = this.#entries.get(id) ?? undeclared;
      service = { isDeclared, policy: completeDrainPolicy(drain, this.#policy) };
      this.#services.set(id, service);
    }
    return service;
  }
}

function entriesOf(desired: DesiredState | undefined): Map<ServiceId, Entry> {
  const entries = new Map<ServiceId, Entry>();
  for (const { id, drain } of desired?.services ?? []) entries.set(id, { isDeclared: true, drain });
  for (const { id, drain } of desired?.absent ?? []) entries.set(id, { isDeclared: false, drain });
  return entries;
}
