const dot = 46;
const colon = 58;
/** The longest IPv6 text: eight full groups, the last two as four decimal octets. */
const longestText = 45;
/**
 * Reads an address into `target` from `offset`, in network order, and answers how many bytes it has: 4, 16, or 0
 * for what is not an address (`target` may have changed then). IPv4 is four decimal octets without leading zeros;
 * IPv6 is any text of RFC 4291 without a zone.
 */
export function scanAddress(text, target, offset) {
  const length = text.length;
  if (length > longestText) return 0;
  if (scanIpv4(text, 0, length, target, offset)) return 4;
  return scanIpv6(text, length, target, offset) ? 16 : 0;
}
function scanIpv4(text, start, end, target, offset) {
  let octet = -1;
  let octets = 0;
  for (let index = start; index < end; index += 1) {
    const code = text.charCodeAt(index);
    const digit = code - 48;
    if (digit >= 0 && digit <= 9) {
      if (octet === 0) return false;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return false;
    } else {
      if (code !== dot || octet < 0 || octets === 3) return false;
      target[offset + octets] = octet;
      octets += 1;
      octet = -1;
    }
  }
  if (octets !== 3 || octet < 0) return false;
  target[offset + 3] = octet;
  return true;
}
function scanIpv6(text, length, target, offset) {
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
function openGap(target, start, end, limit) {
  let to = limit;
  for (let from = end - 1; from >= start; from -= 1) {
    to -= 1;
    target[to] = target[from];
  }
  while (to > start) {
    to -= 1;
    target[to] = 0;
  }
}
function hexDigit(code) {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
