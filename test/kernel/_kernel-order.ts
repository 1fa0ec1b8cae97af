import type { RawService } from 'ipvs/testing';
import { writeAddress } from '#lib/model/address.js';
import { protocolName } from '#lib/model/protocol.js';

/** What `/proc/net/ip_vs` lists, in its order: each service as it writes it, with its destinations. */
export interface Listed {
  readonly service: string;
  readonly destinations: readonly string[];
}

/** Reads `/proc/net/ip_vs`. */
export function parseOrder(text: string): Listed[] {
  const listed: { service: string; destinations: string[] }[] = [];
  for (const line of text.split('\n').slice(3)) {
    const [first = '', second = ''] = line.trim().split(/\s+/);
    if (first === '->') listed.at(-1)?.destinations.push(second);
    else if (first !== '') listed.push({ service: `${first} ${second}`, destinations: [] });
  }
  return listed;
}

/** What the fake kernel would write there. */
export function orderOf(services: readonly RawService[]): Listed[] {
  return services.map(({ key, destinations }) => ({
    service:
      key.kind === 'fwmark'
        ? `FWM ${hex(key.fwmark, 8)}`
        : `${protocolName(key.protocol).toUpperCase()} ${endpoint(key.address, key.port)}`,
    destinations: destinations.map((each) => endpoint(each.key.address, each.key.port)),
  }));
}

function endpoint(address: string, port: number): string {
  const bytes = Buffer.alloc(16);
  writeAddress(address, bytes, 0);
  const text = address.includes(':')
    ? `[${bytes.toString('hex').replaceAll(/(.{4})(?=.)/g, '$1:')}]`
    : bytes.toString('hex', 0, 4).toUpperCase();
  return `${text}:${hex(port, 4)}`;
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, '0');
}
