import type { DestinationSpec, Document, ServiceSpec } from 'ipvs';
import type { NativeBatch, NativeLayouts } from '../../types/native.js';

// What is worked on: always the same, and mixed as a large table is. Each is number `index` of its kind.

/** One in four has IPv6, and one in eight a setting of its own. */
const isIPv6 = (index: number) => index % 4 === 3;
const isSpecial = (index: number) => index % 8 === 1;

/** The address of an index: `10.NET.x.y`, or `fd00:NET::xxyy`. */
export function addressText(net: number, index: number): string {
  return isIPv6(index)
    ? `fd00:${net.toString(16)}::${index.toString(16)}`
    : `10.${net}.${index >> 8}.${index & 255}`;
}

export function serviceSpec(index: number): ServiceSpec {
  const address = addressText(9, index);
  if (!isSpecial(index)) return { protocol: 'tcp', address, port: 80 };
  return { protocol: 'tcp', address, port: 80, scheduler: 'sh', persistence: { timeout: 300 } };
}

/** Of the family of service `service`, as kernels want it that do not tunnel. */
export function destinationSpec(service: number, index: number): DestinationSpec {
  const address = isIPv6(service)
    ? `fd00:2::${index.toString(16)}`
    : `10.2.${index >> 8}.${index & 255}`;
  if (!isSpecial(index)) return { address, port: 8080, weight: 1 + (index % 100) };
  return { address, port: 80, forward: 'tunnel', tunnel: { type: 'gue', port: 6080 } };
}

export function idText(index: number): { readonly service: string; readonly destination: string } {
  const end = (net: number) =>
    isIPv6(index) ? `[${addressText(net, index)}]` : addressText(net, index);
  return { service: `tcp/${end(9)}:80`, destination: `${end(2)}:8080` };
}

/** A document. Of the services the first `changed` have other weights than they have otherwise. */
export function documentOf(services: number, destinations: number, changed = 0): Document {
  return {
    version: 1,
    services: Array.from({ length: services }, (_, service) => ({
      ...serviceSpec(service),
      destinations: Array.from({ length: destinations }, (_, index) => {
        const spec = destinationSpec(service, index);
        return service < changed ? { ...spec, weight: 1000 } : spec;
      }),
    })) as Document['services'],
  };
}

/** Records that are numbered, with counters of large and small numbers. */
export function numberRecords(
  batch: NativeBatch,
  { size, fields }: NativeLayouts['observedDestination'] | NativeLayouts['observedService'],
  { fields: stats }: NativeLayouts['stats'],
): void {
  const { buffer, byteOffset } = batch.records;
  const view = new DataView(buffer, byteOffset);
  for (let index = 0; index < batch.count; index += 1) {
    const start = index * size + fields.stats.offset;
    for (const { type, offset } of Object.values(stats)) {
      if (type === 'u64') view.setBigUint64(start + offset, BigInt(index) << 20n, true);
      else view.setFloat64(start + offset, index, true);
    }
  }
}

/** Connections between few virtual addresses and servers, and a client for each. */
export function connectionBatch(layout: NativeLayouts['connection'], count: number): NativeBatch {
  const lines = ['', 'ESTABLISHED', ...Array.from({ length: 32 }, (_, few) => addressText(9, few))];
  const records = new Uint8Array(layout.size * count);
  const view = new DataView(records.buffer);
  const { fields } = layout;
  for (let index = 0; index < count; index += 1) {
    const start = index * layout.size;
    const write = (field: keyof typeof fields, value: number) =>
      view.setUint16(start + fields[field].offset, value, true);
    write('protocol', 6);
    write('client', lines.length);
    write('clientPort', 1024 + index);
    write('virtual', 2 + (index % 16));
    write('virtualPort', 80);
    write('destination', 18 + (index % 16));
    write('destinationPort', 8080);
    write('state', 1);
    write('expires', 100 + (index % 800));
    lines.push(addressText(30, index));
  }
  return { status: 0, count, records, text: lines.join('\n') };
}
