import { constants } from 'node:os';
import type { Subject } from './call.js';
import type { Row, Rows } from './change-group.js';
import type { Session } from './session.js';
import type { Reader, TablePart } from './table-reader.js';

/** Rows by id, each with its record. */
export function rowsOf<Value extends { readonly id: string }>(
  parts: readonly TablePart[],
  reader: Reader<Value>,
): Rows<Value> {
  const rows = new Map<string, Row<Value>>();
  for (const part of parts) {
    for (let index = 0; index < part.count; index += 1) {
      const value = reader.read(part.view, index, part.lines);
      const start = index * reader.size;
      rows.set(value.id, { value, record: part.bytes.subarray(start, start + reader.size) });
    }
  }
  return rows;
}

/** The row of an object that is to be changed; throws when it is not there. */
export function rowOf<Value>(
  rows: Rows<Value>,
  id: string,
  session: Pick<Session, 'error'>,
  subject: Subject,
): Row<Value> {
  const row = rows.get(id);
  if (row !== undefined) return row;
  throw session.error(subject, { errno: constants.errno.ENOENT, source: 'kernel' });
}
