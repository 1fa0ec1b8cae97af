import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describeFailure } from './read-text.js';

/**
 * Writes a file that only its owner may read, whole or not at all: under another name in the same folder, which then takes
 * the place of what was there. A symbolic link to a file is replaced, not followed. What is no plain file, such as
 * `/dev/stdout`, is left alone, and that is an error.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  try {
    await write(path, text);
  } catch (error) {
    throw describeFailure(path, error);
  }
}

async function write(path: string, text: string): Promise<void> {
  await checkReplaceable(path);
  const folder = dirname(path);
  const draft = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  // Fails where there is anything of that name, also a link.
  const file = await open(draft, 'wx', 0o600);
  try {
    await fill(file, text);
    await rename(draft, path);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** A device or a named pipe would be replaced as well, and be gone. */
async function checkReplaceable(path: string): Promise<void> {
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (there !== undefined && !there.isFile()) {
    throw new Error('expected a plain file, or none yet');
  }
}

async function fill(file: FileHandle, text: string): Promise<void> {
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without this a power cut could undo the renaming. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
