import { access, constants, open } from 'node:fs/promises';
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
    return (await readPlainFile(path)) ?? (await readNothing(path));
  } catch (error) {
    throw describeFailure(path, error);
  }
}

/**
 * Nothing where there is no such file. A symbolic link is an error: what is written takes its place, and whoever made it
 * could have this program believe another file. So is what has no end, or no beginning, such as a device or a named pipe.
 */
async function readPlainFile(path: string): Promise<string | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error.code === 'ELOOP' ? new Error('expected a plain file, not a link') : error;
    },
  );
  if (file === undefined) return undefined;
  try {
    if (!(await file.stat()).isFile()) throw new Error('expected a plain file, or none yet');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Where the file cannot be written, that has to be known before anything is done. */
async function readNothing(path: string): Promise<string> {
  await access(dirname(path), constants.W_OK);
  return '';
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
