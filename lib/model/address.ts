import type { Address, Family } from '../../types/address.js';
import type { Mutable } from './fields.js';
import { InvalidValueError } from './invalid-value-error.js';
import { scanAddress } from './scan-address.js';

/**
 * What an address can stand for. `mapped` is an IPv6 address that holds an IPv4 one (`::ffff:10.0.0.1`);
 * `link-local` is said of IPv6 only; `unicast` is every other address, private and loopback ones included.
 */
export type AddressKind =
  | 'unicast'
  | 'unspecified'
  | 'multicast'
  | 'broadcast'
  | 'link-local'
  | 'mapped';

/** An address that has been read. */
export interface ParsedAddress {
  /** The one spelling of it. */
  readonly address: Address;
  readonly family: Family;
  readonly kind: AddressKind;
}

/** The words of an error message for {@link parseAddress}. */
export const addressExpected = 'an IPv4 or IPv6 address';

const [one, other] = [new Uint8Array(16), new Uint8Array(16)];

/** An address in bytes, for when the same is wanted again. */
class Known {
  address: Address | undefined;
  /** The bytes that it has; the others are zero. */
  length = 0;
  readonly bytes = new Uint8Array(16);
  /** The same bytes. */
  readonly words = new Uint32Array(this.bytes.buffer);

  scan(text: string): void {
    this.address = undefined;
    this.length = scanAddress(text, this.bytes, 0);
    if (this.length !== 4) return;
    const { words } = this;
    words[1] = 0;
    words[2] = 0;
    words[3] = 0;
  }
}

// What is read is nearly always written next; and of many destinations the service is written again and again.
const lastRead = new Known();
const lastWritten = new Known();

/** What {@link readAddress} answers, every time. */
const read: Mutable<ParsedAddress> = { address: '', family: 'ipv4', kind: 'unicast' };

/**
 * Reads an address in any spelling; `undefined` for everything else. IPv4 is four decimal octets without leading
 * zeros, IPv6 any text of RFC 4291 without brackets and zone; nothing is trimmed.
 */
export function parseAddress(text: unknown): ParsedAddress | undefined {
  if (readAddress(text) === undefined) return undefined;
  const { address, family, kind } = read;
  return { address, family, kind };
}

/** The same, in an object that the next call uses again: of addresses there can be very many. */
export function readAddress(text: unknown): ParsedAddress | undefined {
  if (typeof text !== 'string') return undefined;
  const { bytes } = lastRead;
  lastRead.scan(text);
  if (lastRead.length === 0) return undefined;
  if (lastRead.length === 4) {
    // An IPv4 text that is taken is already the canonical one.
    lastRead.address = text;
    read.address = text;
    read.family = 'ipv4';
    read.kind = ipv4Kind(bytes);
    return read;
  }
  const address = formatIpv6(bytes, 0);
  lastRead.address = address;
  read.address = address;
  read.family = 'ipv6';
  read.kind = ipv6Kind(bytes);
  return read;
}

/** The canonical text of the 4 or 16 bytes, in network order, that begin at `offset`. */
export function formatAddress(bytes: Uint8Array, family: Family, offset = 0): Address {
  return family === 'ipv4' ? formatIpv4(bytes, offset) : formatIpv6(bytes, offset);
}

/**
 * Writes an address as 16 bytes in network order from `offset`; an IPv4 address takes the first 4, and 12 zeros
 * follow. Throws {@link InvalidValueError} for what is not an address.
 */
export function writeAddress(address: Address, target: Uint8Array, offset: number): void {
  target.set(known(address).bytes, offset);
}

/** The same, where what is written to is made of words of 32 bits, from word `at`. */
export function writeAddressWords(address: Address, target: Uint32Array, at: number): void {
  const { words } = known(address);
  target[at] = words[0] as number;
  target[at + 1] = words[1] as number;
  target[at + 2] = words[2] as number;
  target[at + 3] = words[3] as number;
}

function known(address: Address): Known {
  if (address === lastRead.address) return lastRead;
  if (address === lastWritten.address) return lastWritten;
  lastWritten.scan(address);
  if (lastWritten.length === 0) throw new InvalidValueError('address', address, addressExpected);
  lastWritten.address = address;
  return lastWritten;
}

/** The family of a canonical address. */
export function familyOf(address: Address): Family {
  // The first octet has at most three digits, and the dots of a mapped address come later.
  return address.charCodeAt(1) === 46 ||
    address.charCodeAt(2) === 46 ||
    address.charCodeAt(3) === 46
    ? 'ipv4'
    : 'ipv6';
}

/** The IPv4 address inside a canonical address of kind `mapped`. */
export function unmapAddress(address: Address): Address {
  return address.slice('::ffff:'.length);
}

/** Orders canonical addresses: IPv4 before IPv6, then by number. */
export function compareAddresses(first: Address, second: Address): number {
  if (first === second) return 0;
  const family = familyOf(first);
  if (family !== familyOf(second)) return family === 'ipv4' ? -1 : 1;
  return family === 'ipv4' ? compareIpv4(first, second) : compareIpv6(first, second);
}

/** Without leading zeros, the octet in which two texts first differ is the greater where it is the longer. */
function compareIpv4(first: Address, second: Address): number {
  let index = 0;
  while (first.charCodeAt(index) === second.charCodeAt(index)) index += 1;
  const longer = octetEnd(first, index) - octetEnd(second, index);
  return longer !== 0 ? longer : first.charCodeAt(index) - second.charCodeAt(index);
}

function octetEnd(address: Address, from: number): number {
  let index = from;
  while (address.charCodeAt(index) >= 48) index += 1;
  return index;
}

function compareIpv6(first: Address, second: Address): number {
  scanAddress(first, one, 0);
  scanAddress(second, other, 0);
  for (let index = 0; index < 16; index += 1) {
    const difference = byte(one, index) - byte(other, index);
    if (difference !== 0) return difference;
  }
  return 0;
}

function formatIpv4(bytes: Uint8Array, offset: number): Address {
  return `${byte(bytes, offset)}.${byte(bytes, offset + 1)}.${byte(bytes, offset + 2)}.${byte(bytes, offset + 3)}`;
}

/** RFC 5952: lower case, no leading zeros, the first of the longest runs of zero groups as `::`. */
function formatIpv6(bytes: Uint8Array, offset: number): Address {
  if (isMapped(bytes, offset)) return `::ffff:${formatIpv4(bytes, offset + 12)}`;

  let gap = -1;
  let gapLength = 1; // a single zero group is written out
  for (let start = 0; start < 8; start += 1) {
    let end = start;
    while (end < 8 && group(bytes, offset, end) === 0) end += 1;
    if (end - start > gapLength) {
      gap = start;
      gapLength = end - start;
    }
    if (end > start) start = end;
  }

  let text = '';
  for (let index = 0; index < 8; index += 1) {
    if (index === gap) {
      text += '::';
      index += gapLength - 1;
    } else {
      if (index > 0 && index !== gap + gapLength) text += ':';
      text += group(bytes, offset, index).toString(16);
    }
  }
  return text;
}

function ipv4Kind(bytes: Uint8Array): AddressKind {
  const first = byte(bytes, 0);
  if (first >= 224 && first <= 239) return 'multicast';
  if (first !== 0 && first !== 255) return 'unicast';
  const rest = (byte(bytes, 1) << 16) | (byte(bytes, 2) << 8) | byte(bytes, 3);
  if (first === 0 && rest === 0) return 'unspecified';
  return first === 255 && rest === 0xffffff ? 'broadcast' : 'unicast';
}

function ipv6Kind(bytes: Uint8Array): AddressKind {
  const first = byte(bytes, 0);
  if (first === 0xff) return 'multicast';
  if (first === 0xfe && (byte(bytes, 1) & 0xc0) === 0x80) return 'link-local';
  if (first !== 0) return 'unicast';
  if (isMapped(bytes, 0)) return 'mapped';
  return bytes.every((octet) => octet === 0) ? 'unspecified' : 'unicast';
}

function isMapped(bytes: Uint8Array, offset: number): boolean {
  if (byte(bytes, offset + 10) !== 0xff || byte(bytes, offset + 11) !== 0xff) return false;
  for (let index = 0; index < 10; index += 1) if (byte(bytes, offset + index) !== 0) return false;
  return true;
}

function group(bytes: Uint8Array, offset: number, index: number): number {
  return (byte(bytes, offset + index * 2) << 8) | byte(bytes, offset + index * 2 + 1);
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}
