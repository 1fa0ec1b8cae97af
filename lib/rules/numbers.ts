import type { Address } from '../../types/address.js';

/** The whole number that all of a text is, in C's manner: with a sign, leading zeros and blanks before it. */
export function readNumber(text: string, lowest: number, highest: number): number | undefined {
  if (!/^\s*[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  // A negative zero is none.
  return number >= lowest && number <= highest ? number + 0 : undefined;
}

/** The number at the beginning of a text; 0 where there is none. */
export function readLeadingNumber(text: string): number {
  return Number(/^\s*([+-]?\d+)/.exec(text)?.[1] ?? 0);
}

/**
 * Reads an IPv4 address in any of the ways of old: one to four numbers, each decimal, octal or hexadecimal, of which the
 * last fills the bytes that are left.
 */
export function readIpv4(text: string): Address | undefined {
  const parts = text.split('.');
  const last = parts.length - 1;
  if (last > 3) return undefined;
  let address = 0;
  for (const [index, part] of parts.entries()) {
    const number = readPart(part);
    const highest = index === last ? 256 ** (4 - last) - 1 : 255;
    if (number === undefined || number > highest) return undefined;
    address = index === last ? address * 256 ** (4 - last) + number : address * 256 + number;
  }
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

function readPart(part: string): number | undefined {
  if (/^0x[\da-f]+$/i.test(part)) return Number(part);
  if (/^0[0-7]*$/.test(part)) return Number.parseInt(part, 8);
  return /^[1-9]\d*$/.test(part) ? Number(part) : undefined;
}
