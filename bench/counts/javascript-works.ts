import {
  type DesiredService,
  type DesiredState,
  type DiffOptions,
  diff,
  formatPlan,
  normalize,
  type Plan,
  type ServiceSnapshot,
  type Snapshot,
} from 'ipvs';
import { DestinationRequests } from '#lib/kernel/destination-requests.js';
import { LazyServices } from '#lib/kernel/lazy/lazy-services.js';
import { loadNative } from '#lib/kernel/native.js';
import { littleEndian } from '#lib/kernel/records/layout.js';
import { Records } from '#lib/kernel/records/records.js';
import type { RequestSession, WriteRequest } from '#lib/kernel/request.js';
import { RequestBuffer } from '#lib/kernel/request-buffer.js';
import { ServiceRequests } from '#lib/kernel/service-requests.js';
import { open, type Reader, type TablePart } from '#lib/kernel/table-reader.js';
import { formatAddress, parseAddress } from '#lib/model/address.js';
import { formatDestinationId, parseDestinationId } from '#lib/model/destination-id.js';
import { formatServiceId, keyOfService, parseServiceId } from '#lib/model/service-id.js';
import type { NativeBatch } from '../../types/native.js';
import {
  addressText,
  connectionBatch,
  destinationSpec,
  documentOf,
  idText,
  numberRecords,
  serviceSpec,
} from './javascript-inputs.js';

/** A piece of work that comes to the same each time it is run. */
export interface JavascriptWork {
  /** What its counts are divided by. */
  readonly items: number;
  /** Makes the input; what that returns does the work, and gives what shows that it went well. */
  prepare(): () => number;
}

const items = 1000;
const services = 100;

const { layouts, commands, presence } = loadNative();
const records = new Records({ layouts, commands, presence });
const session: RequestSession = {
  records,
  isLimited: false,
  heedLimits() {},
  error(subject) {
    throw new Error(`${subject.operation} is not to fail here`);
  },
};
const serviceRequests = new ServiceRequests(session);
const destinationRequests = new DestinationRequests(session);

const numbers = Array.from({ length: items }, (_, index) => index);

/** Requests, from what a caller gives to what the addon takes. */
function writing(
  fill: (buffer: RequestBuffer, offset: number, index: number) => void,
): JavascriptWork {
  return {
    items,
    prepare() {
      const buffer = new RequestBuffer(records.requestSize);
      return () => {
        buffer.clear();
        for (const index of numbers) fill(buffer, buffer.add(), index);
        return buffer.count;
      };
    },
  };
}

function writeService(buffer: RequestBuffer, offset: number, index: number): void {
  write(serviceRequests.write('add-service', 'addService', serviceSpec(index)), buffer, offset);
}

function writeDestination(buffer: RequestBuffer, offset: number, index: number): void {
  const spec = destinationSpec(0, index);
  const { service } = idText(0);
  const request = destinationRequests.write('add-destination', 'addDestination', service, spec);
  write(request, buffer, offset);
}

function write(request: WriteRequest, buffer: RequestBuffer, offset: number): void {
  records.writeCommand(buffer, offset, request.command);
  request.fill(buffer, offset);
}

/** What the addon hands over when such requests have been carried out. */
function observed(kind: 'service' | 'destination'): NativeBatch {
  const layout = kind === 'service' ? layouts.observedService : layouts.observedDestination;
  const own = layouts[kind].size;
  const bytes = new Uint8Array(layout.size * items);
  const lines: string[] = [];
  for (const index of numbers) {
    const buffer = new RequestBuffer(records.requestSize);
    const offset = buffer.add();
    if (kind === 'service') {
      writeService(buffer, offset, index);
      lines.push(addressText(9, index), serviceSpec(index).scheduler ?? 'wlc', '');
    } else {
      writeDestination(buffer, offset, index);
      lines.push(destinationSpec(0, index).address);
    }
    const start = kind === 'service' ? records.serviceAt(offset) : records.destinationAt(offset);
    // The object itself comes first in its observed record.
    bytes.set(buffer.bytes.subarray(start, start + own), index * layout.size);
  }
  const batch: NativeBatch = { status: 0, count: items, records: bytes, text: lines.join('\n') };
  numberRecords(batch, layout, layouts.stats);
  return batch;
}

/** Objects, from what the addon hands over. */
function reading(reader: Reader<unknown>, makeBatch: () => NativeBatch): JavascriptWork {
  return {
    items,
    prepare() {
      const batch = makeBatch();
      return () => {
        const part = open(batch);
        const objects: unknown[] = [];
        for (let index = 0; index < part.count; index += 1) {
          objects.push(reader.read(part.view, index, part.lines));
        }
        return objects.length;
      };
    },
  };
}

/** What a kernel that has that state would be read as. */
function snapshotOf(state: DesiredState): Snapshot {
  const rates = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
  const stats = {
    connections: 0n,
    packetsIn: 0n,
    packetsOut: 0n,
    bytesIn: 0n,
    bytesOut: 0n,
    rates,
  };
  const counts = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, stats };
  return {
    consistent: true,
    services: state.services.map(({ drain, ignore, name, family, destinations, ...service }) => ({
      ...service,
      stats,
      destinations: destinations.map((destination) => ({ ...destination, ...counts })),
    })) as ServiceSnapshot[],
  };
}

/** One part of a table: what `write` puts into a request, at the beginning of records of a layout. */
function partOf(
  { size }: { readonly size: number },
  lines: readonly string[],
  write: (buffer: RequestBuffer, offset: number, index: number) => void,
  count: number,
  destinations: boolean,
): TablePart {
  const buffer = new RequestBuffer(size);
  for (let index = 0; index < count; index += 1) write(buffer, buffer.add(), index);
  const text = lines.join('\n');
  return open({
    status: 0,
    count,
    records: buffer.bytes,
    text,
    ...(destinations ? { destinations } : {}),
  });
}

/** What a kernel that has that state would be read as lazily. */
function lazySnapshotOf(state: DesiredState): () => Snapshot {
  const of = state.services.flatMap(({ destinations }, place) =>
    destinations.map((destination) => ({ place, destination })),
  );
  const services = partOf(
    layouts.observedService,
    state.services.flatMap((service) => [
      'address' in service ? service.address : '',
      service.scheduler,
      service.persistence?.engine ?? '',
    ]),
    (buffer, offset, index) => {
      const service = state.services[index] as DesiredService;
      records.services.write(buffer, offset, keyOfService(service), service);
    },
    state.services.length,
    false,
  );
  const { service: place } = layouts.observedDestination.fields;
  const destinations = partOf(
    layouts.observedDestination,
    of.map(({ destination }) => destination.address),
    (buffer, offset, index) => {
      const each = of[index] as (typeof of)[number];
      records.destinations.write(buffer, offset, each.destination);
      buffer.view.setUint32(offset + place.offset, each.place, littleEndian);
    },
    of.length,
    true,
  );
  return () => {
    const list = new LazyServices(records, services.count, [destinations]);
    list.countDestinations(destinations);
    list.addServices(services);
    return { consistent: true, services: list.services };
  };
}

const exclusive: DiffOptions = { scope: { mode: 'exclusive' }, allowEmpty: true };

/** A plan, of so many operations, from the first services of a document to the whole. */
interface Comparing {
  readonly services: number;
  /** Those that are there before. */
  readonly before: number;
  /** Those whose destinations have other weights before. */
  readonly changed: number;
  readonly operations: number;
}

const destinationsOf = (count: number) => items / count;

function planOf({ services, before, changed }: Omit<Comparing, 'operations'>): () => Plan {
  const each = destinationsOf(services);
  const desired = normalize(documentOf(services, each, changed));
  const actual = snapshotOf(normalize(documentOf(before, each)));
  return () => diff(desired, actual, exclusive);
}

function comparing({ operations, ...rest }: Comparing): JavascriptWork {
  return {
    items,
    prepare() {
      const plan = planOf(rest);
      return () => items + plan().operations.length - operations;
    },
  };
}

export const javascriptWorks: Readonly<Record<string, JavascriptWork>> = {
  'parse and format addresses': {
    items,
    prepare() {
      const texts = numbers.map((index) => addressText(9, index));
      const bytes = new Uint8Array(16);
      return () => {
        let same = 0;
        for (const text of texts) if (parseAddress(text)?.address === text) same += 1;
        // Formatting has no other input than bytes; these are as good as others.
        for (const index of numbers) formatAddress(bytes.fill(index), 'ipv6');
        return same;
      };
    },
  },
  'parse and format ids': {
    items,
    prepare() {
      const ids = numbers.map(idText);
      return () => {
        let same = 0;
        for (const { service, destination } of ids) {
          const first = formatServiceId(parseServiceId(service));
          const second = formatDestinationId(parseDestinationId(destination));
          if (first === service && second === destination) same += 1;
        }
        return same;
      };
    },
  },
  'write services': writing(writeService),
  'write destinations': writing(writeDestination),
  'read services': reading(records.services, () => observed('service')),
  'read destinations': reading(records.destinations, () => observed('destination')),
  'read connections': reading(records.connections, () =>
    connectionBatch(layouts.connection, items),
  ),
  'normalize a document': {
    items,
    prepare() {
      const each = destinationsOf(services);
      const document = documentOf(services, each);
      return () => normalize(document).services.length * each;
    },
  },
  'diff without a change': comparing({ services, before: services, changed: 0, operations: 0 }),
  // Here what is done for each service, and not for each destination, counts for more.
  'diff without a change, one destination each': comparing({
    services: items,
    before: items,
    changed: 0,
    operations: 0,
  }),
  'lazy snapshot, and a diff without a change': {
    items,
    prepare() {
      const desired = normalize(documentOf(services, destinationsOf(services)));
      const snapshot = lazySnapshotOf(desired);
      return () => items + diff(desired, snapshot(), exclusive).operations.length;
    },
  },
  'diff with one service in a hundred changed': comparing({
    services,
    before: services,
    changed: services / 100,
    operations: destinationsOf(services),
  }),
  'diff from empty': comparing({ services, before: 0, changed: 0, operations: items + services }),
  'format a plan': {
    items,
    prepare() {
      const plan = planOf({ services, before: 0, changed: 0 })();
      return () => (formatPlan(plan).length > items ? items : 0);
    },
  },
};
