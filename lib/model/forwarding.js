import { defineWords } from './words.js';
/** The forwarding method of a destination that names none. */
export const defaultForward = 'masquerade';
/** The kernel's numbers of the forwarding methods. */
export const forwards = {
  masquerade: 0,
  local: 1,
  tunnel: 2,
  direct: 3,
  bypass: 4,
};
/** The kernel keeps a method in three bits. */
const words = defineWords(forwards, 'method', 7);
/** The words of an error message for {@link parseForward}. */
export const forwardExpected = 'masquerade, tunnel or direct';
/** The methods that can be requested, by each of their names, their own first. */
export const forwardSpellings = new Map([
  ['masquerade', 'masquerade'],
  ['masq', 'masquerade'],
  ['nat', 'masquerade'],
  ['m', 'masquerade'],
  ['tunnel', 'tunnel'],
  ['ipip', 'tunnel'],
  ['i', 'tunnel'],
  ['direct', 'direct'],
  ['route', 'direct'],
  ['gate', 'direct'],
  ['dr', 'direct'],
  ['g', 'direct'],
]);
/** The word for a method's number; `method-5` for one that has no name. */
export function forwardName(number) {
  return words.wordFor(number);
}
/** The number of a method. Throws `InvalidValueError` for what is none. */
export function forwardNumber(forward) {
  return words.numberFor(forward);
}
/** Reads a method that can be requested, by its name or by one that other tools have for it: `nat`, `ipip`, `dr`, `m`. */
export function parseForward(value) {
  return typeof value === 'string' ? forwardSpellings.get(value) : undefined;
}
