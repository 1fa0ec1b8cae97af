import { access, constants, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DrainStore } from '../../types/apply.js';
import type { DrainRecord, OwnerRecord } from '../../types/plan.js';
import { checkObject, expect } from '../declarative/plan/checks.js';
import { checkPlanOptions } from '../declarative/plan/options.js';
import { describeFailure } from './read-text.js';
import { writePrivateFile } from './write-file.js';

/** What an owner made, and what of it drains, in a file that is kept from one run to the next. */
export class StateFile implements DrainStore {
  readonly path: string;
  #record: OwnerRecord | undefined;
  #drains: readonly DrainRecord[];
  #text: string;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, text: string) {
    this.path = path;
    this.#text = text;
    const { record, drains = [] } = text === '' ? {} : parse(path, text);
    this.#record = record;
    this.#drains = drains;
  }

  /** Reads the file; one that is not there yet says nothing. */
  static async open(path: string): Promise<StateFile> {
    return new StateFile(path, await read(path));
  }

  /** What this owner made; absent before the first run. */
  get record(): OwnerRecord | undefined {
    return this.#record;
  }

  get drains(): readonly DrainRecord[] {
    return this.#drains;
  }

  async load(): Promise<readonly DrainRecord[]> {
    return this.#drains;
  }

  save(drains: readonly DrainRecord[]): Promise<void> {
    this.#drains = drains;
    return this.#write();
  }

  /** Keeps what this owner made. */
  saveRecord(record: OwnerRecord): Promise<void> {
    this.#record = record;
    return this.#write();
  }

  /** One after the other, and none where nothing has changed. */
  #write(): Promise<void> {
    const write = async () => {
      const content = { version: 1, record: this.#record, drains: this.#drains };
      const text = `${JSON.stringify(content, undefined, 2)}\n`;
      if (text === this.#text) return;
      await writePrivateFile(this.path, text);
      this.#text = text;
    };
    const written = this.#writing.then(write);
    this.#writing = written.catch(() => {});
    return written;
  }
}

async function read(path: string): Promise<string> {
  try {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return await readFile(path, 'utf8');
    // Where it cannot be written, that has to be known before anything is done.
    await access(dirname(path), constants.W_OK);
    return '';
  } catch (error) {
    throw describeFailure(path, error);
  }
}

function parse(
  path: string,
  text: string,
): { readonly record?: OwnerRecord; readonly drains?: readonly DrainRecord[] } {
  try {
    const { version, record, drains } = checkObject(JSON.parse(text), '', 'a state: an object');
    expect(version === 1, 'version', version, '1');
    return checkPlanOptions({ record, drains });
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
