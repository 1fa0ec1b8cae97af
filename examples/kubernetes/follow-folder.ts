import { on } from 'node:events';
import { watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a folder is followed. */
export interface FollowFolderOptions {
  /** Called with what all files say, whenever one has changed. What it throws goes to `onError`. */
  onDocuments(documents: readonly unknown[]): void;
  /** Called when something cannot be read, or used. */
  onError(error: unknown): void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Milliseconds after which a change counts as complete. */
const settle = 50;

/** Reads the `.json` files of a folder, and all of them again when one changes, comes or goes. Resolves when it is ended. */
export async function followFolder(folder: string, options: FollowFolderOptions): Promise<void> {
  const { onDocuments, onError, signal } = options;
  const watcher = watch(folder);
  try {
    // What happens from now on is kept until it is asked for.
    const changes = on(watcher, 'change', { signal });
    let last: string | undefined;
    do {
      try {
        const documents = await readFolder(folder);
        const text = JSON.stringify(documents);
        if (text !== last) onDocuments(documents);
        last = text;
      } catch (error) {
        onError(error);
      }
      await changes.next();
      await sleep(settle, undefined, { signal });
    } while (!signal.aborted);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    watcher.close();
  }
}

async function readFolder(folder: string): Promise<unknown[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map((name) => readJson(join(folder, name))));
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`${file}: ${(cause as Error).message}`, { cause });
  }
}
