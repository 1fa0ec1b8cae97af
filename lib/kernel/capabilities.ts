import { constants } from 'node:os';
import type { Capabilities } from '../../types/capabilities.js';
import type { Transport } from '../../types/config.js';
import type { DestinationSpec, Tunnel, TunnelType } from '../../types/destination.js';
import { noScheduler } from '../model/scheduler.js';
import { Destinations } from './destinations.js';
import { IpvsError } from './errors.js';
import { FreshNamespace } from './fresh-namespace.js';
import type { Session } from './session.js';
import { open } from './table-reader.js';

/** What only a service and a destination can show. */
interface Features {
  readonly tunnelTypes: readonly TunnelType[];
  readonly tunnelChecksums: boolean;
  readonly wideCounters: boolean;
}

/** Without a scheduler, so that no module is loaded for it. */
const unscheduled = { scheduler: noScheduler, schedulerFlags: [], onePacket: false } as const;

/** What the socket options carry. */
const optionFeatures: Features = {
  tunnelTypes: Object.freeze(['ipip']),
  tunnelChecksums: false,
  wideCounters: false,
};

/** Tries what the kernel can do. The handle's own namespace is only read. */
export async function probeCapabilities(
  session: Session,
  transport: Transport,
): Promise<Capabilities> {
  const [ipv6, surroundings, features] = await Promise.all([
    transport === 'netlink' && hasIpv6(session),
    readSurroundings(session),
    transport === 'netlink' ? featuresOf(session) : optionFeatures,
  ]);
  const has = (name: string) => surroundings.has(`net/${name}`);
  return Object.freeze({
    ipv6,
    tunnelTypes: features?.tunnelTypes,
    tunnelChecksums: features?.tunnelChecksums,
    wideCounters: features?.wideCounters,
    files: Object.freeze({
      connections: has('ip_vs_conn'),
      syncedConnections: has('ip_vs_conn_sync'),
      totals: has('ip_vs_stats'),
      cpuTotals: has('ip_vs_stats_percpu'),
      applications: has('ip_vs_app'),
      status: has('ip_vs_status'),
    }),
    sysctls: surroundings.has('settings/writable')
      ? 'writable'
      : surroundings.has('settings')
        ? 'readable'
        : 'absent',
  });
}

/** Asks for a service that need not be there: a kernel without IPv6 does not even look. */
async function hasIpv6({ queue, records }: Session): Promise<boolean> {
  const fill = records.fillService({ kind: 'fwmark', fwmark: 1, family: 'ipv6' });
  const answer = await queue.read({ operation: 'open' }, 'service', fill, undefined);
  return !('errno' in answer && answer.errno === constants.errno.EAFNOSUPPORT);
}

async function readSurroundings(session: Session): Promise<ReadonlySet<string>> {
  const batch = await session.read({ operation: 'open' }, 'surroundings', undefined, undefined);
  return new Set(open(batch).lines);
}

/** The kernel of a process stays the same, so what it showed once is kept. */
let known: Features | undefined;

/** What the process lacks at the moment; it says nothing of the kernel. */
const passing: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'ENOBUFS']);

/** `undefined` where there can be no namespace to try it in. */
async function featuresOf(session: Session): Promise<Features | undefined> {
  if (known !== undefined) return known;
  try {
    known = await tryFeatures(session);
  } catch (error) {
    if (!(error instanceof IpvsError) || passing.has(error.code)) throw error;
  }
  return known;
}

/** Adds a destination with a tunnel of the newest kind, and looks at what has become of it. */
async function tryFeatures(session: Session): Promise<Features> {
  await using fresh = new FreshNamespace(session);
  const service = { fwmark: 1, family: 'ipv4' } as const;
  const destinations = new Destinations(fresh.session);
  const spec: DestinationSpec = {
    address: '192.0.2.1',
    forward: 'tunnel',
    tunnel: { type: 'gre', checksum: 'full' },
  };
  await Promise.all([
    fresh.addService({ operation: 'open' }, { ...service, ...unscheduled }),
    destinations.write('add-destination', 'addDestination', service, spec, undefined),
  ]);
  const { records } = fresh.session;
  const fill = records.fillService({ kind: 'fwmark', ...service });
  const [listed, batch] = await Promise.all([
    destinations.list(service, undefined),
    fresh.session.read({ operation: 'open' }, 'service', fill, undefined),
  ]);
  return {
    ...tunnelFeatures(listed[0]?.tunnel),
    wideCounters: records.services.hasWideCounters(open(batch).view, 0),
  };
}

/** What a GRE tunnel with a checksum was read back as. */
function tunnelFeatures(
  tunnel: Tunnel | undefined,
): Pick<Features, 'tunnelTypes' | 'tunnelChecksums'> {
  // The checksums came together with GRE; the kernel before keeps GRE's number and does not know it.
  const tunnelChecksums = tunnel?.checksum === 'full';
  const tunnelTypes: TunnelType[] = ['ipip'];
  if (tunnel?.type === 'gre') tunnelTypes.push('gue');
  if (tunnelChecksums) tunnelTypes.push('gre');
  return { tunnelTypes: Object.freeze(tunnelTypes), tunnelChecksums };
}
