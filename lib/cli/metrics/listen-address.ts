import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';

/** Where to listen. */
export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

const expected =
  'Expected an address and a port such as 127.0.0.1:9112 or [::1]:9112; a port alone is one of 127.0.0.1.';

/** Reads where to listen. Nothing but what was written is listened on; a name is none. */
export function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, plain, digits = ''] =
    /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const address = bracketed ?? plain ?? '127.0.0.1';
  const family = bracketed === undefined ? 4 : 6;
  if (digits === '' || port > 65_535 || isIP(address) !== family)
    throw new InvalidArgumentError(expected);
  return { address, port };
}
