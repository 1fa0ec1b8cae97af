import type { CallOptions, Info, Timeouts } from '../../types/config.js';
import { checkSignal } from './options.js';
import type { Session } from './session.js';
import { infoRequest, setTimeoutsRequest, timeoutsRequest } from './setting-requests.js';
import { open } from './table-reader.js';

/** The calls about the kernel's IPVS as a whole: what it is, and how long it remembers. */
export class Settings {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async info(options: CallOptions | undefined): Promise<Info> {
    const signal = checkSignal(options);
    const { subject, table, fill } = infoRequest;
    const batch = await this.#session.read(subject, table, fill, signal);
    return this.#session.records.readInfo(open(batch).view);
  }

  async timeouts(options: CallOptions | undefined): Promise<Timeouts> {
    const signal = checkSignal(options);
    const { subject, table, fill } = timeoutsRequest;
    const batch = await this.#session.read(subject, table, fill, signal);
    return this.#session.records.readTimeouts(open(batch).view);
  }

  async setTimeouts(timeouts: Partial<Timeouts>, options: CallOptions | undefined): Promise<void> {
    const signal = checkSignal(options);
    return this.#session.write(setTimeoutsRequest(timeouts, this.#session.records), signal);
  }
}
