import type { NativeLayout } from '../../../types/native.js';

/** The bits of some fields of a record. */
export function maskOf<Field extends string>(
  { size, fields }: NativeLayout<Field>,
  names: readonly Field[],
): Uint32Array<ArrayBuffer> {
  const mask = new Uint8Array(size);
  for (const name of names) {
    const { offset, length } = fields[name];
    mask.fill(0xff, offset, offset + length);
  }
  return new Uint32Array(mask.buffer);
}

/** Whether words of 32 bits, from two places on, are the same in the bits of a mask. */
export function sameBits(
  mask: Uint32Array,
  words: Uint32Array,
  at: number,
  others: Uint32Array,
  from: number,
): boolean {
  for (let word = 0; word < mask.length; word += 1) {
    const difference = (words[at + word] as number) ^ (others[from + word] as number);
    if ((difference & (mask[word] as number)) !== 0) return false;
  }
  return true;
}
