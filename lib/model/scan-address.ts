const dot = 46;
const colon = 58;
const zero = 48;

/** The longest IPv6 text: eight full groups, the last two as four decimal octets. */
const longestText = 45;

/**
 * Reads an address into `target` from `offset`, in network order, and answers how many bytes it has: 4, 16, or 0
 * for what is not an address (`target` may have changed then). IPv4 is four decimal octets without leading zeros;
 * IPv6 is any text of RFC 4291 without a zone.
 */
export function scanAddress(text: string, target: Uint8Array, offset: number): 0 | 4 | 16 {
  const length = text.length;
  if (length > longestText) return 0;
  if (scanIpv4(text, 0, length, target, offset)) return 4;
  return scanIpv6(text, length, target, offset) ? 16 : 0;
}

// Octet by octet, and digit by digit: a loop over the digits takes half as long again.
function scanIpv4(
  text: string,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): boolean {
  let index = start;
  for (let octets = 0; octets < 4; octets += 1) {
    if (octets > 0) {
      if (index >= end || text.charCodeAt(index) !== dot) return false;
      index += 1;
    }
    if (index >= end) return false;
    let octet = text.charCodeAt(index) - zero;
    if (octet < 0 || octet > 9) return false;
    index += 1;
    if (octet > 0 && index < end) {
      let digit = text.charCodeAt(index) - zero;
      if (digit >= 0 && digit <= 9) {
        octet = octet * 10 + digit;
        index += 1;
        if (index < end) {
          digit = text.charCodeAt(index) - zero;
          if (digit >= 0 && digit <= 9) {
            octet = octet * 10 + digit;
            if (octet > 255) return false;
            index += 1;
          }
        }
      }
    }
    target[offset + octets] = octet;
  }
  return index === end;
}

function scanIpv6(text: string, length: number, target: Uint8Array, offset: number): boolean {
  let groups = 0;
  let gap = -1; // how many groups stand before the `::`
  let index = 0;
  if (text.charCodeAt(0) === colon) {
    if (text.charCodeAt(1) !== colon) return false;
    gap = 0;
    index = 2;
  }

  while (index < length) {
    if (groups === 8) return false;
    const start = index;
    let group = 0;
    let code = 0;
    for (; index < length; index += 1) {
      code = text.charCodeAt(index);
      const digit = hexDigit(code);
      if (digit < 0) break;
      group = (group << 4) | digit;
    }
    if (code === dot) {
      if (groups > 6 || !scanIpv4(text, start, length, target, offset + groups * 2)) return false;
      groups += 2;
      break;
    }
    if (index === start || index - start > 4) return false;
    target[offset + groups * 2] = group >> 8;
    target[offset + groups * 2 + 1] = group & 0xff;
    groups += 1;
    if (index === length) break;
    if (code !== colon) return false;
    index += 1;
    if (index === length) return false;
    if (text.charCodeAt(index) === colon) {
      if (gap >= 0) return false;
      gap = groups;
      index += 1;
    }
  }

  if (gap < 0) return groups === 8;
  if (groups === 8) return false; // `::` stands for at least one group
  openGap(target, offset + gap * 2, offset + groups * 2, offset + 16);
  return true;
}

/** Moves the bytes from `start` to `end` to the back, up to `limit`, and leaves zeros behind. */
function openGap(target: Uint8Array, start: number, end: number, limit: number): void {
  let to = limit;
  for (let from = end - 1; from >= start; from -= 1) {
    to -= 1;
    target[to] = target[from] as number;
  }
  while (to > start) {
    to -= 1;
    target[to] = 0;
  }
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
