import type { Connection, Endpoint } from '../../../types/connection.js';
import type { NativeLayouts } from '../../../types/native.js';
import { writeAddress } from '../../model/address.js';
import type { CompleteConnectionFilter } from '../../model/connection-filter.js';
import type { Mutable } from '../../model/fields.js';
import { protocolName } from '../../model/protocol.js';
import { RequestBuffer } from '../request-buffer.js';
import type { DestinationRecords } from './destination-records.js';
import { numberOfFamily } from './families.js';
import { littleEndian, type Offsets, offsetsOf, writeText } from './layout.js';
import type { ServiceRecords } from './service-records.js';

type Field = keyof NativeLayouts['connection']['fields'];
type FilterField = keyof NativeLayouts['connectionFilter']['fields'];

/** The addon's numbers of where a connection came from; 0 where that was not asked for. */
const origins = [undefined, 'local', 'sync'] as const;

/** Reads connections, and writes which of them are wanted. */
export class ConnectionRecords {
  readonly size: number;
  readonly #at: Offsets<Field>;
  readonly #filterAt: Offsets<FilterField>;
  readonly #filterSize: number;
  readonly #stateSize: number;
  readonly #services: ServiceRecords;
  readonly #destinations: DestinationRecords;

  constructor(layouts: NativeLayouts, services: ServiceRecords, destinations: DestinationRecords) {
    this.size = layouts.connection.size;
    this.#at = offsetsOf(layouts.connection);
    this.#filterAt = offsetsOf(layouts.connectionFilter);
    this.#filterSize = layouts.connectionFilter.size;
    this.#stateSize = layouts.connectionFilter.fields.state.length;
    this.#services = services;
    this.#destinations = destinations;
  }

  /** A filter's record. Which file it is about is not in it. */
  writeFilter(filter: CompleteConnectionFilter): Uint8Array {
    const request = new RequestBuffer(this.#filterSize);
    request.add();
    const { view } = request;
    const bytes = request.bytes.subarray(0, this.#filterSize);
    const at = this.#filterAt;
    const { protocol, service, client, destination, state } = filter;
    if (protocol !== undefined) {
      bytes[at.byProtocol] = 1;
      view.setUint16(at.protocol, protocol, littleEndian);
    }
    if (service !== undefined) this.#services.writeKey(request, at.service, service);
    if (client !== undefined) {
      view.setUint16(at.clientFamily, numberOfFamily(client.family), littleEndian);
      writeAddress(client.address, bytes, at.client);
      bytes[at.clientPrefix] = client.prefix;
    }
    if (destination !== undefined) {
      const { address, port = 0 } = destination;
      this.#destinations.writeKey(request, at.destination, { address, port });
      bytes[at.byDestinationPort] = destination.port === undefined ? 0 : 1;
    }
    if (state !== undefined) writeText(bytes, at.state, state, this.#stateSize);
    if (filter.templates === 'exclude') bytes[at.skipTemplates] = 1;
    if (filter.templates === 'only') bytes[at.skipOthers] = 1;
    if (filter.unique) bytes[at.unique] = 1;
    return bytes;
  }

  /** The connection of record `index`; `lines` are all the lines of its batch. */
  read(view: DataView, index: number, lines: readonly string[]): Connection {
    const at = this.#at;
    const start = index * this.size;
    const connection = {
      protocol: protocolName(view.getUint16(start + at.protocol, littleEndian)),
      client: readEnd(view, start + at.client, start + at.clientPort, lines),
      virtual:
        view.getUint8(start + at.marked) === 0
          ? readEnd(view, start + at.virtual, start + at.virtualPort, lines)
          : { fwmark: view.getUint32(start + at.fwmark, littleEndian) },
      destination: readEnd(view, start + at.destination, start + at.destinationPort, lines),
      state: readLine(view, start + at.state, lines),
      expires: view.getUint32(start + at.expires, littleEndian),
      template: view.getUint8(start + at.template) !== 0,
      invalidated: view.getUint8(start + at.invalidated) !== 0,
    } as Mutable<Connection>;
    const name = readLine(view, start + at.engine, lines);
    if (name !== '') {
      connection.engine = { name, data: readLine(view, start + at.engineData, lines) };
    }
    const origin = origins[view.getUint8(start + at.origin)];
    if (origin !== undefined) connection.origin = origin;
    return connection;
  }
}

function readEnd(
  view: DataView,
  address: number,
  port: number,
  lines: readonly string[],
): Endpoint {
  return { address: readLine(view, address, lines), port: view.getUint16(port, littleEndian) };
}

/** The line whose number stands at `offset`. */
function readLine(view: DataView, offset: number, lines: readonly string[]): string {
  return lines[view.getUint16(offset, littleEndian)] as string;
}
