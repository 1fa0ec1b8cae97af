import type { EndpointSlice, Service } from './objects.js';

/** The objects of a cluster that make its load balancing. */
export interface Objects {
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
}

interface AnyObject {
  readonly kind?: string;
  readonly items?: readonly AnyObject[];
}

/**
 * Picks Services and EndpointSlices from what was parsed of the JSON of the API or of `kubectl get --output json`: single
 * objects and lists, of whatever kinds. Throws `TypeError` for what is no object of Kubernetes.
 */
export function readObjects(documents: Iterable<unknown>): Objects {
  const services: Service[] = [];
  const endpointSlices: EndpointSlice[] = [];
  for (const document of documents) {
    for (const object of objectsIn(document as AnyObject | null)) {
      if (object.kind === 'Service') services.push(object as unknown as Service);
      if (object.kind === 'EndpointSlice') endpointSlices.push(object as unknown as EndpointSlice);
    }
  }
  return { services, endpointSlices };
}

function objectsIn(parsed: AnyObject | null): readonly AnyObject[] {
  if (typeof parsed?.kind !== 'string')
    throw new TypeError('no object of Kubernetes: it has no kind');
  if (!parsed.kind.endsWith('List')) return [parsed];
  // In a list of one kind, the items do not name it.
  const kind = parsed.kind.slice(0, -'List'.length);
  return (parsed.items ?? []).map((item) => ({ kind, ...item }));
}
