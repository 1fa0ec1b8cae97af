import type { Timeouts } from '../../types/config.js';
import type { SyncDaemon } from '../../types/daemon.js';
import type { FormatRulesOptions } from '../../types/rules.js';
import type { ServiceSnapshot, Snapshot } from '../../types/snapshot.js';
import { exportDocument } from '../declarative/document/export-document.js';
import { compareDestinationKeys } from '../model/destination-id.js';
import { compareServiceKeys, formatServiceId, keyOfService } from '../model/service-id.js';
import { formatServiceRules, option } from './format-service-rules.js';

/**
 * Rules that make of an empty table what the snapshot has: the text of `ipvsadm -Sn`, in canonical order, and besides all
 * that it leaves out: thresholds, and where the options name them timeouts and sync daemons. `ipvsadm -R` and
 * {@link parseRules} read it. Ends with a newline, unless there is nothing to write.
 *
 * A service of which no rule can tell, such as one with a destination that is `local`, is left out as a whole, and
 * `onOmitted` is told. Not written is the checksum of an IPIP tunnel, which has none. `ipvsadm` takes no threshold above 2147483647, and where it is not Debian's no weight above 65535.
 */
export function formatRules(snapshot: Snapshot, options: FormatRulesOptions = {}): string {
  const { timeouts, syncDaemons = [] } = options;
  const lines = [
    ...(timeouts === undefined ? [] : [formatTimeouts(timeouts)]),
    ...syncDaemons.map(formatDaemon),
    ...writableServices(snapshot, options).flatMap(formatService),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** The services that rules can tell of, in canonical order. */
function writableServices(
  snapshot: Snapshot,
  { onOmitted }: FormatRulesOptions,
): ServiceSnapshot[] {
  const omitted = new Set<string>();
  // What no document can ask for, nobody could restore.
  exportDocument(snapshot, {
    allowNoScheduler: true,
    onOmitted: (object) => {
      if (object.service === undefined) return;
      omitted.add(object.service);
      onOmitted?.(object);
    },
  });
  return snapshot.services
    .map((service) => ({ key: keyOfService(service), service }))
    .filter(({ key }) => !omitted.has(formatServiceId(key)))
    .sort((first, second) => compareServiceKeys(first.key, second.key))
    .map(({ service }) => service);
}

function formatService(service: ServiceSnapshot): string[] {
  return formatServiceRules(service, service.destinations.toSorted(compareDestinationKeys));
}

function formatTimeouts({ tcp = 0, tcpFin = 0, udp = 0 }: Partial<Timeouts>): string {
  return `--set ${tcp} ${tcpFin} ${udp}`;
}

function formatDaemon(daemon: SyncDaemon): string {
  const { role, syncId, maxLength, group, port, ttl } = daemon;
  return [
    `--start-daemon ${role} --mcast-interface ${daemon.interface} --syncid ${syncId}`,
    ...option('--sync-maxlen', maxLength),
    ...option('--mcast-group', group),
    ...option('--mcast-port', port),
    ...option('--mcast-ttl', ttl),
  ].join(' ');
}
