import type { AddressScope } from '../../types/device.js';
import { defineWords } from './words.js';

/** Scopes, as in `<linux/rtnetlink.h>`. */
export const scopes = { global: 0, site: 200, link: 253, host: 254 } as const;

const words = defineWords(scopes, 'scope', 255);

/** The word for a scope. */
export function scopeName(number: number): AddressScope {
  return words.wordFor(number);
}
