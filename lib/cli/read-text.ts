import { readFile } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import type { Context } from './context.js';
import { SourceText } from './source-text.js';

/** The word for standard input where a file is named. */
export const standardInput = '-';

/** Reads a file of text, or standard input where its name is `-`. */
export async function readText(
  { stdin }: Pick<Context, 'stdin'>,
  file: string,
): Promise<SourceText> {
  const isInput = file === standardInput;
  const name = isInput ? 'standard input' : file;
  try {
    return new SourceText(name, decode(isInput ? await readAll(stdin) : await readFile(file)));
  } catch (error) {
    throw describeFailure(name, error);
  }
}

async function readAll(stream: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('expected a text in UTF-8', { cause });
  }
}

/** What went wrong with a file, in words, with its name. */
export function describeFailure(file: string, error: unknown): Error {
  const { errno, message } = error as NodeJS.ErrnoException;
  const [, words = message] = getSystemErrorMap().get(errno ?? 0) ?? [];
  return new Error(`${file}: ${words}`, { cause: error });
}
