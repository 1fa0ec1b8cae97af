// What the addon read of a table, kept in a file, and given again by an addon that has no kernel: so that what the main
// thread does with it can be measured where nothing else runs.
import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { loadNative } from '#lib/kernel/native.js';
import type { NativeBatch, NativeHandle } from '../types/native.js';

type RecordedPart = Pick<NativeBatch, 'count' | 'records' | 'text' | 'destinations'>;

/** Reads the table of the namespace that the process is in, and writes it to a file. */
export async function recordTable(file: string): Promise<void> {
  const { open, layouts, tables, transports } = loadNative();
  const handle = open('', 600_000, transports.netlink);
  if ('status' in handle) throw new Error('the handle could not be started');
  const answer = await handle.read(tables.snapshot, new Uint8Array(layouts.request.size), 1);
  if (answer.status !== 0) throw new Error('the table could not be read');
  const parts: RecordedPart[] = [];
  for (let part: NativeBatch | undefined = answer as NativeBatch; part; part = part.rest?.()) {
    const { count, records, text, destinations } = part;
    parts.push({ count, records, text, ...(destinations === true ? { destinations } : {}) });
  }
  await handle.close();
  writeFileSync(file, serialize(parts));
}

/**
 * From here on every handle has the table of that file, and nothing else. Returns what makes the copy that is read next: the
 * addon makes its own on a thread.
 */
export function replayTable(file: string): () => void {
  const native = loadNative();
  const recorded = deserialize(readFileSync(file)) as readonly RecordedPart[];
  let copied: NativeBatch | undefined;
  const copy = () => {
    copied = batchOf(recorded.map((part) => ({ ...part, records: part.records.slice() })));
  };
  const take = () => {
    if (copied === undefined) copy();
    const taken = copied;
    copied = undefined;
    return taken;
  };
  const empty: NativeBatch = { status: 0, count: 0, records: new Uint8Array(256), text: '' };
  let calls = 0;
  const handle: Partial<NativeHandle> = {
    read: (table) => answer(isSnapshot(table) ? (take() ?? empty) : empty),
    submit: () => answer(undefined),
    readFolder: () => answer(empty),
    readFile: () => answer(empty),
    cancel: () => false,
    progress: () => calls,
    close: () => Promise.resolve(),
  };
  Object.defineProperty(native, 'open', { value: () => handle });
  return copy;

  function isSnapshot(table: number): boolean {
    return table === native.tables.snapshot || table === native.tables.bareSnapshot;
  }

  /** As the thread would: not before the next turn. */
  function answer<Value>(value: Value): Promise<Value> {
    calls += 1;
    return new Promise((resolve) => setImmediate(resolve, value));
  }
}

/** The parts from one on. */
function batchOf(parts: readonly RecordedPart[], index = 0): NativeBatch | undefined {
  const part = parts[index];
  if (part === undefined) return undefined;
  const batch: NativeBatch = { status: 0, ...part };
  if (index + 1 === parts.length) return batch;
  return { ...batch, rest: () => batchOf(parts, index + 1) as NativeBatch };
}
