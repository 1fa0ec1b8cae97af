import type { CallOptions, Info, Timeouts } from '../../types/config.js';
import { present, throwingReport } from '../model/report.js';
import { checkTimeouts } from '../model/timeouts.js';
import { checkSignal } from './options.js';
import type { Session } from './session.js';
import { open } from './table-reader.js';

/** The calls about the kernel's IPVS as a whole: what it is, and how long it remembers. */
export class Settings {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async info(options: CallOptions | undefined): Promise<Info> {
    const signal = checkSignal(options);
    const batch = await this.#session.read({ operation: 'get-info' }, 'info', undefined, signal);
    return this.#session.records.readInfo(open(batch).view);
  }

  async timeouts(options: CallOptions | undefined): Promise<Timeouts> {
    const signal = checkSignal(options);
    const subject = { operation: 'get-timeouts' } as const;
    const batch = await this.#session.read(subject, 'timeouts', undefined, signal);
    return this.#session.records.readTimeouts(open(batch).view);
  }

  async setTimeouts(timeouts: Partial<Timeouts>, options: CallOptions | undefined): Promise<void> {
    const signal = checkSignal(options);
    const checked = present(checkTimeouts(timeouts, throwingReport, ''));
    return this.#session.write(
      { operation: 'set-timeouts' },
      'setTimeouts',
      (request, offset) => this.#session.records.writeTimeouts(request, offset, checked),
      signal,
    );
  }
}
