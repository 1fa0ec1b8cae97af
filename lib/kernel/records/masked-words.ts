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
