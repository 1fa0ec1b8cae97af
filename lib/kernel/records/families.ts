import type { Family } from '../../../types/address.js';

/** Address families, as in `<sys/socket.h>`. */
const families = { ipv4: 2, ipv6: 10 } as const satisfies Record<Family, number>;

/** The number of a family. */
export function numberOfFamily(family: Family): number {
  return family === 'ipv4' ? families.ipv4 : families.ipv6;
}

/** The family of a number; the kernel has no third. */
export function familyOfNumber(number: number): Family {
  return number === families.ipv4 ? 'ipv4' : 'ipv6';
}
