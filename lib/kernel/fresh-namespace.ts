import type { Service } from '../../types/service.js';
import { keyOfService } from '../model/service-id.js';
import type { Subject } from './call.js';
import { Session } from './session.js';

/** A session in a network namespace of its own. What is tried there touches nothing else. */
export class FreshNamespace implements AsyncDisposable {
  readonly session: Session;

  /**
   * Makes the namespace with its first call, which fails with `EPERM` without CAP_SYS_ADMIN, and `ENOSPC` at the limit of
   * namespaces. It is gone when the session is closed.
   */
  constructor({ timeout, transport }: Session) {
    this.session = new Session({ networkNamespace: null, timeout, transport });
  }

  /** Adds a service that no caller could ask for. */
  addService(subject: Subject, service: Service, signal?: AbortSignal | undefined): Promise<void> {
    const { records } = this.session;
    const key = keyOfService(service);
    return this.session.write(
      {
        subject: { namespace: 'for the trial', ...subject },
        command: 'addService',
        fill: (request, offset) =>
          records.services.write(request, records.serviceAt(offset), key, service),
      },
      signal,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.session.queue.close();
  }
}
