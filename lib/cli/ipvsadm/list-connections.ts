import type { Connection, MarkedEnd } from '../../../types/connection.js';
import type { ObservedProtocol } from '../../../types/service.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { familyOf, formatAddress } from '../../model/address.js';
import { protocolNumber } from '../../model/protocol.js';
import type { FormatEnd } from '../../rules/format-service-rules.js';
import { minutesAndSeconds } from '../units.js';
import { namedEnd, numericEnd } from './ends.js';
import type { Asked } from './list-services.js';
import type { Names } from './names.js';

/** Connections that are put into words at a time. */
const partSize = 1000;

/** The connections in the kernel's order, some lines at a time. */
export async function* listConnections(
  ipvs: Ipvs,
  asked: Asked,
  names: Names,
): AsyncGenerator<string, void, undefined> {
  const withEngines = asked.has('persistent-conn');
  let title = titleOf(withEngines);
  for await (const part of inParts(ipvs.connections())) {
    const formatEnd = asked.has('numeric') ? numericEnd : await namedEnd(names, addressesOf(part));
    const lines = part.map(
      (connection) => `${formatConnection(connection, withEngines, formatEnd)}\n`,
    );
    yield title + lines.join('');
    title = '';
  }
  if (title !== '') yield title;
}

async function* inParts<Value>(
  values: AsyncIterable<Value>,
): AsyncGenerator<Value[], void, undefined> {
  let part: Value[] = [];
  for await (const value of values) {
    part.push(value);
    if (part.length < partSize) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

function titleOf(withEngines: boolean): string {
  const columns = [
    'pro expire',
    'state'.padEnd(11),
    'source'.padEnd(18),
    'virtual'.padEnd(18),
    ...(withEngines
      ? ['destination'.padEnd(18), 'pe name'.padEnd(16), 'pe_data']
      : ['destination']),
  ];
  return `IPVS connection entries\n${columns.join(' ')}\n`;
}

function addressesOf(connections: readonly Connection[]): string[] {
  return connections.flatMap(({ client, virtual, destination }) => [
    client.address,
    virtualEnd(virtual, client.address).address,
    destination.address,
  ]);
}

function formatConnection(
  connection: Connection,
  withEngines: boolean,
  formatEnd: FormatEnd,
): string {
  const { protocol, client, destination, state, expires, engine } = connection;
  const virtual = virtualEnd(connection.virtual, client.address);
  const ends = [client, virtual, destination].map(({ address, port }) =>
    formatEnd(address, port, protocol),
  );
  const [source, service, server] = ends as [string, string, string];
  const columns = [
    protocolText(protocol).padEnd(3),
    minutesAndSeconds(expires).padEnd(6),
    state.padEnd(11),
    source.padEnd(18),
    service.padEnd(18),
    ...(withEngines && engine !== undefined
      ? [server.padEnd(16), engine.name.padEnd(18), engine.data]
      : [server]),
  ];
  return columns.join(' ');
}

/** The mark of a template stands where the address of a service would. */
function virtualEnd(
  virtual: Connection['virtual'],
  client: string,
): { readonly address: string; readonly port: number } {
  if (!isMarked(virtual)) return virtual;
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, virtual.fwmark);
  return { address: formatAddress(bytes, familyOf(client)), port: 0 };
}

function isMarked(virtual: Connection['virtual']): virtual is MarkedEnd {
  return 'fwmark' in virtual;
}

/** The kernel's own word for a protocol. */
function protocolText(protocol: ObservedProtocol): string {
  const number = protocolNumber(protocol);
  switch (number) {
    case 0:
      return 'IP';
    case 1:
      return 'ICMP';
    case 58:
      return 'ICMPv6';
    default:
      return protocol.startsWith('protocol-') ? `IP_${number}` : protocol.toUpperCase();
  }
}
