import type { NativeAddon, NativeBatch, NativePlace } from '../../types/native.js';
import type { Subject } from './call.js';
import type { Failure } from './errors.js';
import type { RequestQueue } from './queue.js';

/** A handle's small files, read and written in their turn among all other calls. */
export class TextFiles {
  readonly #queue: RequestQueue;
  readonly #places: NativeAddon['places'];

  constructor(queue: RequestQueue, places: NativeAddon['places']) {
    this.#queue = queue;
    this.#places = places;
  }

  /** The whole text of a file, or why there is none. */
  async read(
    subject: Subject,
    place: NativePlace,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<string | Failure> {
    const number = this.#places[place];
    const answer = await this.#queue.ask(subject, signal, (handle, ticket) =>
      handle.readFile(number, name, ticket),
    );
    return textOf(answer);
  }

  /** Every file of a folder, in a line each: its name, a tab, its text. */
  async readFolder(
    subject: Subject,
    place: NativePlace,
    signal: AbortSignal | undefined,
  ): Promise<string | Failure> {
    const number = this.#places[place];
    const answer = await this.#queue.ask(subject, signal, (handle, ticket) =>
      handle.readFolder(number, ticket),
    );
    return textOf(answer);
  }

  /** Writes a line; the answer is why it was not written. */
  async write(
    subject: Subject,
    place: NativePlace,
    name: string,
    value: string,
    signal: AbortSignal | undefined,
  ): Promise<Failure | undefined> {
    const number = this.#places[place];
    const answer = await this.#queue.ask(subject, signal, (handle, ticket) =>
      handle.writeFile(number, name, value, ticket),
    );
    return 'errno' in answer ? answer : undefined;
  }
}

function textOf(answer: NativeBatch | Failure): string | Failure {
  return 'errno' in answer ? answer : answer.text;
}
