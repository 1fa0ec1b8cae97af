import { defineWords } from './words.js';
/** IP protocol numbers. */
export const protocols = { tcp: 6, udp: 17, sctp: 132 };
/** The kernel keeps a service's protocol in 16 bits. */
const words = defineWords(protocols, 'protocol', 65535);
/** The words of an error message for {@link parseProtocol}. */
export const protocolExpected = 'tcp, udp or sctp';
/** The words of an error message for {@link parseObservedProtocol}. */
export const observedProtocolExpected = 'tcp, udp, sctp or protocol-<number>';
/** The word for a protocol number; `protocol-47` for one that is not balanced. */
export function protocolName(number) {
  return words.wordFor(number);
}
/** The number of a protocol. Throws `InvalidValueError` for what is none. */
export function protocolNumber(protocol) {
  return words.numberFor(protocol);
}
/** Reads a protocol that can be balanced: `tcp`, `udp` or `sctp` in any case, or 6, 17 or 132. */
export function parseProtocol(value) {
  switch (typeof value === 'string' && value.length <= 4 ? value.toLowerCase() : value) {
    case 'tcp':
    case protocols.tcp:
      return 'tcp';
    case 'udp':
    case protocols.udp:
      return 'udp';
    case 'sctp':
    case protocols.sctp:
      return 'sctp';
    default:
      return undefined;
  }
}
/** Reads a protocol that a service may be seen with, as its number: what {@link parseProtocol} takes, and `protocol-47`. */
export function parseObservedProtocol(value) {
  const protocol = parseProtocol(value);
  if (protocol !== undefined) return protocols[protocol];
  return typeof value === 'string' ? words.parse(value.toLowerCase()) : undefined;
}
