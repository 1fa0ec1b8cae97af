import type { DestinationSpec } from 'ipvs';
import { canonicalAddress, type Family } from './addresses.js';
import type { EndpointSlice, ServicePort, SliceEndpoint } from './objects.js';

/** An endpoint of one port of a Service. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly nodeName: string | undefined;
  readonly state: EndpointState;
}

/** `serving` and `ending` endpoints terminate; the former can still be used. */
type EndpointState = 'ready' | 'serving' | 'ending';

const states: readonly EndpointState[] = ['ready', 'serving', 'ending'];

/** The endpoints of a port that have a weight: all but those that are not ready though they do not terminate. */
export function endpointsOf(
  port: ServicePort,
  family: Family,
  slices: readonly EndpointSlice[],
): Endpoint[] {
  const endpoints = new Map<string, Endpoint>();
  for (const slice of slices) {
    const number = portIn(slice, port);
    if (slice.addressType !== family || number === undefined) continue;
    for (const each of slice.endpoints ?? []) {
      const endpoint = readEndpoint(each, number);
      if (endpoint === undefined) continue;
      // While it is moved from one slice to another, an endpoint is in both.
      const other = endpoints.get(endpoint.address);
      if (other === undefined || isBetter(endpoint, other)) {
        endpoints.set(endpoint.address, endpoint);
      }
    }
  }
  return [...endpoints.values()];
}

/** New connections go to those that are ready, and where none is, to those that still serve. The others keep what they have. */
export function destinationsOf(endpoints: readonly Endpoint[]): DestinationSpec[] {
  const isAnyReady = endpoints.some(({ state }) => state === 'ready');
  const chosen: EndpointState = isAnyReady ? 'ready' : 'serving';
  return endpoints.map(({ address, port, state }) => ({
    address,
    port,
    weight: state === chosen ? 1 : 0,
  }));
}

function portIn({ ports }: EndpointSlice, wanted: ServicePort): number | undefined {
  const found = ports?.find(
    ({ name, protocol }) =>
      (name ?? '') === (wanted.name ?? '') && (protocol ?? 'TCP') === (wanted.protocol ?? 'TCP'),
  );
  return found?.port ?? undefined;
}

function readEndpoint(
  { addresses: [address], conditions = {}, nodeName }: SliceEndpoint,
  port: number,
): Endpoint | undefined {
  const ready = conditions.ready ?? true;
  const isTerminating = conditions.terminating ?? false;
  if (address === undefined || !(ready || isTerminating)) return undefined;
  const serving = conditions.serving ?? ready;
  const state = ready ? 'ready' : serving ? 'serving' : 'ending';
  return { address: canonicalAddress(address), port, nodeName: nodeName ?? undefined, state };
}

function isBetter(one: Endpoint, other: Endpoint): boolean {
  return states.indexOf(one.state) < states.indexOf(other.state);
}
