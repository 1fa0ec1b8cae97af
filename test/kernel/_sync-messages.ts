import type { Address } from 'ipvs';
import { familyOf, writeAddress } from '#lib/model/address.js';

/** A connection as a director tells others of it. */
export interface SyncedConnection {
  /** IP protocol number. */
  readonly protocol: number;
  readonly client: readonly [Address, number];
  readonly virtual: readonly [Address, number];
  readonly destination: readonly [Address, number];
  /** The kernel's number. Default 0. */
  readonly state?: number;
  readonly template?: boolean;
  readonly fwmark?: number;
  /** Seconds. Default 300. */
  readonly timeout?: number;
  /** Name and data, each character a byte. */
  readonly engine?: readonly [string, string];
}

/** Connections that one message can tell of. */
export const mostPerMessage = 255;

const headerSize = 8;
const templateFlag = 0x1000;
const option = { engineData: 2, engineName: 3 } as const;

/** A message of the synchronisation protocol, version 1: everything is in network order. */
export function encodeMessage(connections: readonly SyncedConnection[]): Buffer {
  const bodies = connections.map(encodeConnection);
  const size = bodies.reduce((sum, { length }) => sum + length, headerSize);
  const header = Buffer.alloc(headerSize);
  header.writeUInt16BE(size, 2);
  header[4] = connections.length;
  header[5] = 1; // version
  return Buffer.concat([header, ...bodies]);
}

function encodeConnection(connection: SyncedConnection): Buffer {
  const { protocol, client, virtual, destination, engine } = connection;
  const { state = 0, template = false, fwmark = 0, timeout = 300 } = connection;
  const ipv6 = familyOf(client[0]) === 'ipv6';
  const width = ipv6 ? 16 : 4;
  const fixed = 24 + 3 * width;
  const options =
    engine === undefined
      ? []
      : [encodeOption(option.engineData, engine[1]), encodeOption(option.engineName, engine[0])];
  const size = options.reduce((sum, { length }) => sum + length, fixed);
  // Each address is written with 16 bytes, of which the next takes those that are not its own.
  const bytes = Buffer.alloc(fixed + 16);
  bytes[0] = ipv6 ? 1 : 0;
  bytes[1] = protocol;
  bytes.writeUInt16BE(size, 2);
  bytes.writeUInt32BE(template ? templateFlag : 0, 4);
  bytes.writeUInt16BE(state, 8);
  for (const [index, [address, port]] of [client, virtual, destination].entries()) {
    bytes.writeUInt16BE(port, 10 + 2 * index);
    writeAddress(address, bytes, 24 + width * index);
  }
  bytes.writeUInt32BE(fwmark, 16);
  bytes.writeUInt32BE(timeout, 20);
  const padding = Buffer.alloc(-size & 3);
  return Buffer.concat([bytes.subarray(0, fixed), ...options, padding]);
}

function encodeOption(type: number, text: string): Buffer {
  return Buffer.concat([Buffer.of(type, text.length), Buffer.from(text, 'latin1')]);
}
