/** What metrics are about, and what a reading consists of. */
export type Part =
  | 'scrape'
  | 'services'
  | 'destinations'
  | 'totals'
  | 'cpus'
  | 'settings'
  | 'connections'
  | 'reconciler';

/** A metric, without its values. */
export interface MetricDefinition {
  readonly part: Part;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
}

/** What tells one service from another. A label without a value is left out. */
const ofService = [
  'family',
  'protocol',
  'virtual_address',
  'virtual_port',
  'fwmark',
  'service_name',
] as const;

/** A destination belongs to a service: the same server in two services is two destinations. */
const ofDestination = [...ofService, 'destination_address', 'destination_port'] as const;

const define = (
  part: Part,
  type: MetricDefinition['type'],
  help: string,
  labels: readonly string[] = [],
): MetricDefinition => ({ part, type, help, labels });

/** Every metric by its name, which a prefix is put before, in the order in which they are printed. */
export const definitions = {
  up: define('scrape', 'gauge', 'Whether the services could be read: 1, or 0.'),
  scrape_duration_seconds: define('scrape', 'gauge', 'How long the kernel was read.'),
  scrape_errors_total: define(
    'scrape',
    'counter',
    'How often a part could not be read since the metrics were registered.',
    ['part'],
  ),
  series_omitted: define(
    'scrape',
    'gauge',
    'Series of services and destinations that were left out to keep to the limit.',
  ),
  snapshot_consistent: define(
    'services',
    'gauge',
    'Whether the services stayed the same while they were read: 1, or 0.',
  ),
  info: define('settings', 'gauge', 'The version of the kernel module; always 1.', [
    'version',
    'transport',
  ]),
  connection_table_buckets: define('settings', 'gauge', 'Buckets of the connection table.'),
  connection_timeout_seconds: define(
    'settings',
    'gauge',
    'How long connections are remembered: established TCP (tcp), closing TCP (tcp_fin), UDP (udp).',
    ['kind'],
  ),
  sync_daemon_info: define('settings', 'gauge', 'A sync daemon that runs; always 1.', [
    'role',
    'interface',
    'sync_id',
  ]),
  connections_total: define('totals', 'counter', 'Connections of the whole network namespace.'),
  incoming_packets_total: define('totals', 'counter', 'Packets from clients.'),
  outgoing_packets_total: define('totals', 'counter', 'Packets to clients that were seen.'),
  incoming_bytes_total: define('totals', 'counter', 'IP bytes from clients.'),
  outgoing_bytes_total: define('totals', 'counter', 'IP bytes to clients that were seen.'),
  cpu_connections_total: define('cpus', 'counter', 'Connections by processor.', ['cpu']),
  cpu_incoming_packets_total: define('cpus', 'counter', 'Packets from clients by processor.', [
    'cpu',
  ]),
  cpu_outgoing_packets_total: define('cpus', 'counter', 'Packets to clients by processor.', [
    'cpu',
  ]),
  cpu_incoming_bytes_total: define('cpus', 'counter', 'IP bytes from clients by processor.', [
    'cpu',
  ]),
  cpu_outgoing_bytes_total: define('cpus', 'counter', 'IP bytes to clients by processor.', ['cpu']),
  connection_entries: define(
    'connections',
    'gauge',
    'Entries of the connection table. Templates are those of persistent clients.',
    ['protocol', 'state', 'template'],
  ),
  services: define('services', 'gauge', 'Services, whether they have series of their own or not.'),
  destinations: define(
    'services',
    'gauge',
    'Destinations of all services, whether they have series of their own or not.',
  ),
  service_info: define('services', 'gauge', 'The scheduler of a service; always 1.', [
    ...ofService,
    'scheduler',
  ]),
  service_destinations: define('services', 'gauge', 'Destinations of a service.', ofService),
  service_usable_destinations: define(
    'services',
    'gauge',
    'Destinations of a service with a weight above 0.',
    ofService,
  ),
  service_active_connections: define(
    'services',
    'gauge',
    'Live connections of all destinations of a service.',
    ofService,
  ),
  service_inactive_connections: define(
    'services',
    'gauge',
    'Other connections of all destinations of a service: closing ones, and every UDP flow.',
    ofService,
  ),
  service_connections_total: define(
    'services',
    'counter',
    'Connections scheduled since the service was made or zeroed.',
    ofService,
  ),
  service_incoming_packets_total: define('services', 'counter', 'Packets from clients.', ofService),
  service_outgoing_packets_total: define(
    'services',
    'counter',
    'Packets to clients that were seen.',
    ofService,
  ),
  service_incoming_bytes_total: define('services', 'counter', 'IP bytes from clients.', ofService),
  service_outgoing_bytes_total: define(
    'services',
    'counter',
    'IP bytes to clients that were seen.',
    ofService,
  ),
  destination_info: define('destinations', 'gauge', 'How a destination is reached; always 1.', [
    ...ofDestination,
    'forward',
  ]),
  destination_weight: define('destinations', 'gauge', 'Weight of a destination.', ofDestination),
  destination_upper_threshold: define(
    'destinations',
    'gauge',
    'Connections above which a destination gets no more; absent where there is no limit.',
    ofDestination,
  ),
  destination_lower_threshold: define(
    'destinations',
    'gauge',
    'Connections below which an overloaded destination gets new ones again; absent where it was not set.',
    ofDestination,
  ),
  destination_active_connections: define(
    'destinations',
    'gauge',
    'Live connections of a destination.',
    ofDestination,
  ),
  destination_inactive_connections: define(
    'destinations',
    'gauge',
    'Other connections of a destination: closing ones, and every UDP flow.',
    ofDestination,
  ),
  destination_persistent_connections: define(
    'destinations',
    'gauge',
    'Templates of persistent clients that point to a destination.',
    ofDestination,
  ),
  destination_connections_total: define(
    'destinations',
    'counter',
    'Connections scheduled since the destination was made or zeroed.',
    ofDestination,
  ),
  destination_incoming_packets_total: define(
    'destinations',
    'counter',
    'Packets from clients.',
    ofDestination,
  ),
  destination_outgoing_packets_total: define(
    'destinations',
    'counter',
    'Packets to clients that were seen.',
    ofDestination,
  ),
  destination_incoming_bytes_total: define(
    'destinations',
    'counter',
    'IP bytes from clients.',
    ofDestination,
  ),
  destination_outgoing_bytes_total: define(
    'destinations',
    'counter',
    'IP bytes to clients that were seen.',
    ofDestination,
  ),
  reconciler_running: define(
    'reconciler',
    'gauge',
    'Whether the reconciler was started and not stopped: 1, or 0.',
  ),
  reconciler_converged: define(
    'reconciler',
    'gauge',
    'Whether the last cycle left nothing to do but drains: 1, or 0.',
  ),
  reconciler_last_success_timestamp_seconds: define(
    'reconciler',
    'gauge',
    'When a cycle last left nothing to do but drains, in seconds since 1970; absent before the first.',
  ),
  reconciler_last_cycle_duration_seconds: define(
    'reconciler',
    'gauge',
    'How long the last cycle took; absent before the first.',
  ),
  reconciler_draining_destinations: define('reconciler', 'gauge', 'Destinations that drain.'),
  reconciler_backed_off_services: define(
    'reconciler',
    'gauge',
    'Services that are left alone for a while because they failed or flap.',
  ),
  reconciler_cycles_total: define('reconciler', 'counter', 'Cycles.'),
  reconciler_errors_total: define('reconciler', 'counter', 'Failures.'),
  reconciler_drifts_total: define(
    'reconciler',
    'counter',
    'How often something had been changed by others.',
  ),
  reconciler_operations_total: define('reconciler', 'counter', 'Operations by their outcome.', [
    'operation',
    'status',
  ]),
  reconciler_drains_total: define('reconciler', 'counter', 'Drains that are over, by outcome.', [
    'outcome',
  ]),
} as const satisfies Record<string, MetricDefinition>;

/** The name of a metric, without the prefix. */
export type MetricName = keyof typeof definitions;

/** Every metric, in the order in which they are printed. */
export const metricNames = Object.keys(definitions) as readonly MetricName[];

/** A metric as it was defined. */
export function definitionOf(name: MetricName): MetricDefinition {
  return definitions[name];
}
