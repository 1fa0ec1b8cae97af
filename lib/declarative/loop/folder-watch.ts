import { type FSWatcher, watch } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Hears of changes to a file in a folder, also when the file or the folder is replaced by another. */
export class FolderWatch {
  readonly #folder: string;
  readonly #name: string;
  readonly #onChange: () => void;
  #watcher: FSWatcher | undefined;
  /** Which folder is watched. */
  #identity: string | undefined;
  /** What a link names can change through other entries of the folder. */
  #isLink = false;

  constructor(folder: string, name: string, onChange: () => void) {
    this.#folder = folder;
    this.#name = name;
    this.#onChange = onChange;
  }

  /** Watches the folder that has the name now; while there is none, nothing. */
  async renew(): Promise<void> {
    this.#isLink = await lstat(join(this.#folder, this.#name)).then(
      (entry) => entry.isSymbolicLink(),
      () => false,
    );
    const identity = await stat(this.#folder).then(
      ({ dev, ino }) => `${dev} ${ino}`,
      () => undefined,
    );
    if (identity === this.#identity) return;
    this.close();
    if (identity !== undefined) this.#open(identity);
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#identity = undefined;
  }

  #open(identity: string): void {
    try {
      const watcher = watch(this.#folder, (_event, name) => {
        if (this.#isLink || name === null || name === this.#name) this.#onChange();
      });
      watcher.on('error', () => this.close());
      this.#watcher = watcher;
      this.#identity = identity;
    } catch {
      // Too many are watched, or the folder has just gone: it is looked at from time to time.
    }
  }
}
