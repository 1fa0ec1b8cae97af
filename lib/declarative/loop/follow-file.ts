import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bell } from './bell.js';
import { FolderWatch } from './folder-watch.js';

/** How a file is followed. */
export interface FollowFileOptions {
  /** Makes a document of the text. Default `JSON.parse`. */
  readonly parse?: (text: string) => unknown;
  /** Called with each new document; what it throws goes to `onError`. */
  onDocument(document: unknown): void;
  /** Called when the file cannot be read, or what it says cannot be used; once for as long as that is so. */
  onError(error: unknown): void;
  /** Milliseconds after which a change counts as complete. Default 50. */
  readonly settle?: number;
  /**
   * Milliseconds after which the file is looked at although nothing was heard of it: links in the path that change, and
   * file systems of other hosts, are not noticed otherwise. Default 5000.
   */
  readonly interval?: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a document from a file, and again whenever the file changes or another takes its place. A file that is not there,
 * half written or wrong is an error, and no document: what was said last stays in force. Resolves when the signal is aborted;
 * until then it keeps the process alive.
 *
 * @example
 * await followFile('ipvs.json', {
 *   onDocument: (document) => reconciler.setDesired(document),
 *   onError: (error) => reconciler.emit('error', error),
 *   signal,
 * });
 */
export async function followFile(path: string, options: FollowFileOptions): Promise<void> {
  const { signal, settle = 50, interval = 5000 } = options;
  const file = resolve(path);
  const follower = new Follower(file, options);
  const bell = new Bell();
  // The folder, because a file that is replaced is another file.
  const watch = new FolderWatch(dirname(file), basename(file), () => bell.ring());
  const pause = (ms: number, ended = signal) =>
    sleep(ms, undefined, ended === undefined ? {} : { signal: ended }).catch(() => {});
  const end = () => bell.ring();
  signal?.addEventListener('abort', end);
  try {
    while (!signal?.aborted) {
      await watch.renew();
      bell.answer();
      await follower.read();
      if (signal?.aborted) break;
      await bell.wait((ended) => pause(interval, ended));
      if (bell.isRung) await pause(settle);
    }
  } finally {
    signal?.removeEventListener('abort', end);
    watch.close();
  }
}

class Follower {
  readonly #file: string;
  readonly #options: FollowFileOptions;
  /** What was read last, and could be read. */
  #text: string | undefined;
  /** What the reading fails with, as long as it does. */
  #failure: string | undefined;

  constructor(file: string, options: FollowFileOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Reads the file, and hands on what is new. */
  async read(): Promise<void> {
    const { parse = JSON.parse, onDocument, onError } = this.#options;
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
      this.#failure = undefined;
    } catch (error) {
      const failure = String(error);
      if (failure !== this.#failure) onError(error);
      this.#failure = failure;
      return;
    }
    if (text === this.#text) return;
    this.#text = text;
    try {
      onDocument(parse(text));
    } catch (error) {
      onError(error);
    }
  }
}
