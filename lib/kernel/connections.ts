import type { CallOptions } from '../../types/config.js';
import type { Connection, ConnectionFilter } from '../../types/connection.js';
import {
  type CompleteConnectionFilter,
  checkConnectionFilter,
} from '../model/connection-filter.js';
import { formatServiceId } from '../model/service-id.js';
import type { Subject } from './call.js';
import { Listing } from './listing.js';
import { checkSignal } from './options.js';
import type { Session } from './session.js';

/** The files connections are read from. The thread of a handle sees those of its network namespace. */
export interface ConnectionFiles {
  readonly all: string;
  readonly synced: string;
}

const procFiles: ConnectionFiles = {
  all: '/proc/thread-self/net/ip_vs_conn',
  synced: '/proc/thread-self/net/ip_vs_conn_sync',
};

/** The call about connections. */
export class Connections {
  readonly #session: Session;
  readonly #files: ConnectionFiles;

  constructor(session: Session, files = procFiles) {
    this.#session = session;
    this.#files = files;
  }

  list(
    filter: ConnectionFilter | undefined,
    options: CallOptions | undefined,
  ): AsyncGenerator<Connection, void, undefined> {
    const signal = checkSignal(options);
    const checked = checkConnectionFilter(filter);
    const session = this.#session;
    const subject = subjectOf(checked);
    const reader = session.records.connections;
    const file = checked.synced ? this.#files.synced : this.#files.all;
    const stream = session.connections(file, reader.writeFilter(checked));
    return new Listing(
      {
        next: () => session.readOn(subject, stream, signal),
        close: () => stream.close(),
        reader,
      },
      signal,
    );
  }
}

function subjectOf({ service }: CompleteConnectionFilter): Subject {
  const operation = 'list-connections';
  return service === undefined ? { operation } : { operation, target: formatServiceId(service) };
}
