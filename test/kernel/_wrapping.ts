import type { Family } from 'ipvs';

/** A tunnel as packets show it: what is wrapped in what. */
export interface Wrapping {
  readonly type: 'ipip' | 'gue' | 'gre';
  readonly checksum: 'none' | 'full' | 'remote';
  /** The family of the client's packets. */
  readonly inner: Family;
  /** The family of the packets between director and server. */
  readonly outer: Family;
}

/** Where GUE is unwrapped. */
export const guePort = 6080;

const families = ['ipv4', 'ipv6'] as const;

/** Every wrapping there is. */
export const wrappings: readonly Wrapping[] = families.flatMap((inner) =>
  families.flatMap((outer) => [
    { type: 'ipip', checksum: 'none', inner, outer },
    { type: 'gue', checksum: 'none', inner, outer },
    { type: 'gue', checksum: 'full', inner, outer },
    { type: 'gue', checksum: 'remote', inner, outer },
    { type: 'gre', checksum: 'none', inner, outer },
    { type: 'gre', checksum: 'full', inner, outer },
  ]),
);

/** What a packet in a wrapping looks like, as conditions of the `u32` filter: a value, a mask and a position each. */
export function matchOf({ type, checksum, inner, outer }: Wrapping): string {
  const length = outer === 'ipv4' ? 20 : 40;
  const protocol = (number: number) => `match u8 ${number} 0xff at ${outer === 'ipv4' ? 9 : 6}`;
  const word = (value: number, position: number) =>
    `match u16 ${value} 0xffff at ${length + position}`;
  const innerProtocol = inner === 'ipv4' ? 4 : 41;
  switch (type) {
    case 'ipip':
      return protocol(innerProtocol);
    case 'gre':
      return [
        protocol(47),
        word(checksum === 'none' ? 0x0000 : 0x8000, 0),
        word(inner === 'ipv4' ? 0x0800 : 0x86dd, 2),
      ].join(' ');
    case 'gue':
      // UDP with the port at 2 and the checksum at 6; GUE from 8 with the protocol at 9 and, at 10, the flag of private
      // fields, of which remote checksums are the only one.
      return [
        protocol(17),
        word(guePort, 2),
        ...(checksum === 'none' ? [word(0, 6)] : []),
        `match u8 ${innerProtocol} 0xff at ${length + 9}`,
        word(checksum === 'remote' ? 1 : 0, 10),
      ].join(' ');
  }
}
