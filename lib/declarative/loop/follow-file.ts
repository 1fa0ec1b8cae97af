import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a file is followed. */
export interface FollowFileOptions {
  /** Makes a document of the text. Default `JSON.parse`. */
  readonly parse?: (text: string) => unknown;
  /** Called with each new document; what it throws goes to `onError`. */
  onDocument(document: unknown): void;
  /** Called when the file cannot be read, or what it says cannot be used. */
  onError(error: unknown): void;
  /** Milliseconds after which a change counts as complete. Default 50. */
  readonly settle?: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a document from a file, and again whenever the file changes or another takes its place. A file that is not there,
 * half written or wrong is an error, and no document: what was said last stays in force. Resolves when the signal is aborted.
 *
 * @example
 * await followFile('ipvs.json', {
 *   onDocument: (document) => reconciler.setDesired(document),
 *   onError: (error) => reconciler.emit('error', error),
 *   signal,
 * });
 */
export async function followFile(path: string, options: FollowFileOptions): Promise<void> {
  const { signal, settle = 50, onError } = options;
  const file = resolve(path);
  const follower = new Follower(file, options);
  // The folder, because a file that is replaced is another file.
  const watcher = watch(dirname(file), { persistent: true });
  const name = basename(file);
  let changed: (() => void) | undefined;
  let isChanged = true;
  watcher.on('change', (_event, changedName) => {
    if (changedName !== null && String(changedName) !== name) return;
    isChanged = true;
    changed?.();
  });
  watcher.on('error', onError);
  const end = () => changed?.();
  signal?.addEventListener('abort', end);
  try {
    while (!signal?.aborted) {
      if (!isChanged) {
        await new Promise<void>((wake) => {
          changed = wake;
        });
        changed = undefined;
        await sleep(settle, undefined, signal === undefined ? {} : { signal }).catch(() => {});
      }
      if (signal?.aborted) break;
      isChanged = false;
      await follower.read();
    }
  } finally {
    signal?.removeEventListener('abort', end);
    watcher.close();
  }
}

class Follower {
  readonly #file: string;
  readonly #options: FollowFileOptions;
  #text: string | undefined;

  constructor(file: string, options: FollowFileOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Reads the file, and hands on what is new. */
  async read(): Promise<void> {
    const { parse = JSON.parse, onDocument, onError } = this.#options;
    try {
      const text = await readFile(this.#file, 'utf8');
      if (text === this.#text) return;
      this.#text = text;
      onDocument(parse(text));
    } catch (error) {
      onError(error);
    }
  }
}
