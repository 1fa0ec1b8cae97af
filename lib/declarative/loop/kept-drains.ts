import type { DrainStore } from '../../../types/apply.js';
import type { Backend } from '../../../types/backend.js';
import type { Clock } from '../../../types/clock.js';
import type { DesiredState, DrainPolicy } from '../../../types/document.js';
import type { DrainRecord } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { checkDrains } from '../plan/options.js';
import { DrainingServices } from './draining-services.js';
import { isDrainDue } from './due-drains.js';

/** Where drains are kept, and how they are gone about. */
export interface KeptDrainsOptions {
  readonly drainStore?: DrainStore;
  readonly drain?: DrainPolicy;
}

/** The drains that go on from one cycle to the next. */
export class KeptDrains {
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #options: KeptDrainsOptions;
  readonly #fail: (error: unknown) => void;
  #records: readonly DrainRecord[] = [];
  #services: DrainingServices;
  #lookedAt = 0;

  /** `fail` is told what the store rejects with, or what is wrong with what it has: without it drains go on, and begin anew when the program does. */
  constructor(
    backend: Backend,
    clock: Clock,
    options: KeptDrainsOptions,
    fail: (error: unknown) => void,
  ) {
    this.#backend = backend;
    this.#clock = clock;
    this.#options = options;
    this.#fail = fail;
    this.#services = new DrainingServices(undefined, options.drain);
  }

  get records(): readonly DrainRecord[] {
    return this.#records;
  }

  setDesired(desired: DesiredState): void {
    if (this.#services.isOf(desired)) return;
    this.#services = new DrainingServices(desired, this.#options.drain);
  }

  async load(): Promise<void> {
    try {
      this.#records = checkDrains((await this.#options.drainStore?.load()) ?? []);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Takes the records of a run that begins now, and does not look at some services: theirs stay. */
  storeBeside(held: ReadonlySet<ServiceId>): DrainStore {
    this.#lookedAt = this.#clock.now();
    return {
      load: async () => this.#records,
      save: async (records) => {
        const others = this.#records.filter(({ service }) => held.has(service));
        this.#records = [...records, ...others];
        await this.#save();
      },
    };
  }

  /** When it is time to look at what drains; `undefined` when nothing does. */
  nextLook(isHeld: (service: ServiceId) => boolean): number | undefined {
    let next: number | undefined;
    for (const { service, deadlineAt } of this.#records) {
      if (isHeld(service)) continue;
      const pollAt = this.#lookedAt + this.#services.get(service).policy.poll;
      const at = deadlineAt > this.#lookedAt ? Math.min(pollAt, deadlineAt) : pollAt;
      next = Math.min(next ?? at, at);
    }
    return next;
  }

  /** Whether there is something to do about what drains; also when that cannot be told. */
  async isDue(isHeld: (service: ServiceId) => boolean): Promise<boolean> {
    const now = this.#clock.now();
    this.#lookedAt = now;
    const records = this.#records.filter(({ service }) => !isHeld(service));
    try {
      return await isDrainDue(this.#backend, records, now, (id) => this.#services.get(id));
    } catch (error) {
      this.#fail(error);
      return true;
    }
  }

  async #save(): Promise<void> {
    try {
      await this.#options.drainStore?.save(this.#records);
    } catch (error) {
      this.#fail(error);
    }
  }
}
