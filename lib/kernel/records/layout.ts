import { endianness } from 'node:os';
import type { NativeLayout } from '../../../types/native.js';

/** Records are in the machine's own byte order. */
export const littleEndian = endianness() === 'LE';

/** Where each field of a record begins. */
export type Offsets<Field extends string> = Readonly<Record<Field, number>>;

/** The offsets of a record's fields. */
export function offsetsOf<Field extends string>(layout: NativeLayout<Field>): Offsets<Field> {
  const offsets = {} as Record<Field, number>;
  for (const field in layout.fields) offsets[field] = layout.fields[field].offset;
  return offsets;
}

/** Writes ASCII text into a field whose bytes are zero; what is longer than the field is a mistake of ours. */
export function writeText(bytes: Uint8Array, offset: number, text: string, length: number): void {
  if (text.length >= length) throw new RangeError(`${text} does not fit ${length} bytes`);
  for (let index = 0; index < text.length; index += 1) {
    bytes[offset + index] = text.charCodeAt(index);
  }
}
