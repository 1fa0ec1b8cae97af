import type { CallOptions } from '../../types/config.js';
import type { SyncDaemon, SyncDaemonSpec, SyncRole } from '../../types/daemon.js';
import { present, throwingReport } from '../model/report.js';
import { checkSyncDaemonSpec, checkSyncRole } from '../model/sync-daemon.js';
import type { Subject } from './call.js';
import { checkSignal } from './options.js';
import type { Session } from './session.js';
import { limitOfSyncDaemon } from './sockopt-limits.js';
import { readAll } from './table-reader.js';

/** The calls about the daemons that keep other directors informed. */
export class SyncDaemons {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async list(options: CallOptions | undefined): Promise<SyncDaemon[]> {
    const signal = checkSignal(options);
    const subject: Subject = { operation: 'list-sync-daemons' };
    const batch = await this.#session.read(subject, 'daemons', undefined, signal);
    return readAll(batch, this.#session.records.daemons, signal);
  }

  async start(spec: SyncDaemonSpec, options: CallOptions | undefined): Promise<void> {
    const signal = checkSignal(options);
    const daemon = present(checkSyncDaemonSpec(spec, throwingReport, ''));
    const { role, interface: device } = daemon;
    const subject: Subject = { operation: 'start-sync-daemon', target: role, device };
    this.#session.heedLimits(subject, () => limitOfSyncDaemon(daemon));
    const { records } = this.#session;
    return this.#session.write(
      {
        subject,
        command: 'startDaemon',
        fill: (request, offset) => records.daemons.write(request, records.daemonAt(offset), daemon),
      },
      signal,
    );
  }

  async stop(role: SyncRole, options: CallOptions | undefined): Promise<void> {
    const signal = checkSignal(options);
    const target = present(checkSyncRole(role, throwingReport, '/role'));
    const { records } = this.#session;
    return this.#session.write(
      {
        subject: { operation: 'stop-sync-daemon', target },
        command: 'stopDaemon',
        fill: (request, offset) =>
          records.daemons.writeRole(request, records.daemonAt(offset), target),
      },
      signal,
    );
  }
}
