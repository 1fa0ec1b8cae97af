import { constants } from 'node:os';
import type { OpenOptions } from '../../../types/config.js';
import type { NativePlace } from '../../../types/native.js';
import type { Subject } from '../../kernel/call.js';
import { checkOpenOptions } from '../../kernel/options.js';
import { Session } from '../../kernel/session.js';
import { mapRecords } from '../../kernel/table-reader.js';
import type { SeenDevice } from './facts.js';

/**
 * Texts of the kernel about a network namespace, read by a thread that is in it. Nothing is asked of IPVS, so that the
 * kernel does not load it.
 */
export class NetworkFiles implements AsyncDisposable {
  readonly #session: Session;
  readonly #namespace: string | undefined;

  /** Throws `InvalidValueError` for options that are wrong. */
  constructor(options: OpenOptions) {
    this.#session = new Session(checkOpenOptions(options));
    this.#namespace = options.netns === undefined ? undefined : String(options.netns);
  }

  /** A file below `/proc/net`; `undefined` when there is none. */
  net(name: string): Promise<string | undefined> {
    return this.#read('net', name, '/proc/net');
  }

  /** A file below `/proc/sys/net`, without the line end; `undefined` when there is none. */
  async setting(name: string): Promise<string | undefined> {
    return (await this.#read('netSettings', name, '/proc/sys/net'))?.trim();
  }

  /** Every network device. */
  async devices(): Promise<SeenDevice[]> {
    const batch = await this.#session.read(
      { operation: 'list-devices' },
      'devices',
      undefined,
      undefined,
    );
    const { devices } = this.#session.records;
    return mapRecords(
      batch,
      ({ view }, index) => ({ ...devices.readNamed(view, index), up: devices.isUp(view, index) }),
      undefined,
    );
  }

  async #read(place: NativePlace, name: string, folder: string): Promise<string | undefined> {
    const subject: Subject = {
      operation: 'open',
      namespace: this.#namespace,
      file: `${folder}/${name}`,
    };
    const answer = await this.#session.files.read(subject, place, name, undefined);
    if (typeof answer === 'string') return answer;
    if (answer.source === 'file' && answer.errno === constants.errno.ENOENT) return undefined;
    throw this.#session.error(subject, answer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#session.close();
  }
}
