import type {
  DestinationSettings,
  DestinationSpec,
  Family,
  Forward,
  Protocol,
  ServiceId,
  ServiceSettings,
  ServiceSpec,
  TunnelSpec,
} from 'ipvs';
import { formatServiceId, resolveServiceRef } from '#lib/model/service-id.js';
import { type Addresses, endpoint, ipv4, ipv6 } from '../../demo/addresses.js';
import type { Endpoint, Kind } from './_host-role.js';
import type { Machine } from './_topology.js';
import type { Traffic } from './_traffic.js';

/** How packets get from a client to servers. */
export interface Way {
  readonly protocol: Protocol;
  readonly family: Family;
  readonly forward: Forward;
  readonly tunnel?: TunnelSpec;
  /** The family of the destinations, where it is another than the service's. */
  readonly outer?: Family;
  /** Default: every server. */
  readonly stations?: readonly Machine[];
  /** Default: the client. */
  readonly caller?: Machine;
  /** Balances what carries this mark, instead of what goes to an address and port. */
  readonly fwmark?: number;
  /** Of the service and its servers. Default: one that nobody has. */
  readonly port?: number;
  /** What the servers answer. Default: connections, or datagrams over UDP. */
  readonly kind?: Kind;
  /** Default: round robin. */
  readonly service?: ServiceSettings;
  readonly destinations?: Partial<Readonly<Record<Machine, DestinationSettings>>>;
}

/** A server of a service: how the director knows it, and where it sees itself called. */
export interface Station {
  readonly machine: Machine;
  readonly destination: DestinationSpec & Endpoint;
  readonly at: Endpoint;
}

/** A service with a port of its own, its servers, and who calls it. */
export interface Passage {
  readonly id: ServiceId;
  readonly service: ServiceSpec;
  readonly protocol: Protocol;
  readonly caller: Machine;
  readonly from: string;
  readonly to: Endpoint;
  readonly stations: readonly Station[];
  /** Whether the answers come back through the director, where they are counted. */
  readonly answersPass: boolean;
}

const families: Readonly<Record<Family, Addresses>> = { ipv4, ipv6 };

/** The address of a machine: of the client on the front, of others on the back. */
export function addressOf(machine: Machine, family: Family): string {
  return families[family][machine === 'director' ? 'gateway' : machine];
}

/** Makes the service, its servers and its destinations. */
export async function prepare(traffic: Traffic, way: Way): Promise<Passage> {
  const passage = plan(traffic, way);
  const { kind = way.protocol === 'udp' ? 'datagrams' : 'connections' } = way;
  await traffic.ipvs.addService(passage.service);
  for (const { machine, destination, at } of passage.stations) {
    await traffic.host(machine).ask('serve', kind, at);
    await traffic.ipvs.addDestination(passage.id, destination);
  }
  return passage;
}

function plan(traffic: Traffic, way: Way): Passage {
  const { protocol, family, forward, caller = 'client', fwmark } = way;
  const to = { address: families[family].virtual, port: way.port ?? traffic.nextPort() };
  const key = fwmark === undefined ? { protocol, ...to } : { fwmark, family };
  const stations = planStations(traffic, way, to);
  return {
    id: formatServiceId(resolveServiceRef(key)),
    service: { ...key, scheduler: 'rr', ...way.service },
    protocol,
    caller,
    from: addressOf(caller, family),
    to,
    stations,
    answersPass: forward === 'masquerade' || stations.some(({ machine }) => machine === 'director'),
  };
}

/** Only masquerading rewrites where packets go; it alone can have another port. */
function planStations(traffic: Traffic, way: Way, to: Endpoint): Station[] {
  const { family, forward, tunnel, outer = family, fwmark } = way;
  const { stations = traffic.topology.servers, destinations = {} } = way;
  const rewritten = forward === 'masquerade' && fwmark === undefined;
  const port = way.port ?? (rewritten ? traffic.nextPort() : to.port);
  return stations.map((machine) => {
    const address = addressOf(machine, outer);
    return {
      machine,
      destination: {
        address,
        port: fwmark === undefined ? port : 0,
        forward,
        ...(tunnel === undefined ? {} : { tunnel }),
        ...destinations[machine],
      },
      at: forward === 'masquerade' ? { address, port } : to,
    };
  });
}

/** The address and port of the destination that a machine is. */
export function destinationOf({ stations }: Passage, machine: string): Endpoint {
  const station = stations.find((each) => each.machine === machine);
  if (station === undefined) throw new Error(`${machine} is not a server here`);
  const { address, port } = station.destination;
  return { address, port };
}

/** The id of the destination that a machine is. */
export function destinationIdOf(passage: Passage, machine: string): string {
  const { address, port } = destinationOf(passage, machine);
  return endpoint(address, port);
}
