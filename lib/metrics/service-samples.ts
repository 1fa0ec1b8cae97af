import type { ObservedDestination } from '../../types/destination.js';
import type { ServiceSnapshot, Snapshot } from '../../types/snapshot.js';
import type { Counters } from '../../types/stats.js';
import { Slices } from '../kernel/slices.js';
import type { MetricName } from './definitions.js';
import { labelsOfDestination, labelsOfService } from './labels.js';
import type { CompleteMetricsOptions } from './options.js';
import type { Labels, Sample, Samples } from './samples.js';

/** Adds what is known of services and destinations. Gives the event loop its turn in between. */
export async function addServices(
  samples: Samples,
  { services, consistent }: Snapshot,
  options: CompleteMetricsOptions,
): Promise<void> {
  const slices = new Slices();
  samples.add('snapshot_consistent', Number(consistent));
  samples.add('services', services.length);
  samples.add(
    'destinations',
    sum(services, ({ destinations }) => destinations.length),
  );
  const shown = services.filter(options.isWanted);
  const labelsOf = (service: ServiceSnapshot) =>
    labelsOfService(service, options.serviceName(service));
  for (const service of shown) {
    samples.addObject(seriesOfService, () => samplesOfService(service, labelsOf(service)));
    await slices.cut();
  }
  if (!options.destinations) return;
  for (const service of shown) {
    const labels = labelsOf(service);
    for (const destination of service.destinations) {
      samples.addObject(countSeries(destination), () =>
        samplesOfDestination(destination, labelsOfDestination(labels, destination)),
      );
    }
    await slices.cut();
  }
}

/** How many series a service has, and a destination without thresholds. */
const seriesOfService = 10;
const seriesOfDestination = 10;

function countSeries({ upperThreshold, lowerThreshold }: ObservedDestination): number {
  return seriesOfDestination + (upperThreshold === 0 ? 0 : 1) + (lowerThreshold === 0 ? 0 : 1);
}

function samplesOfService(service: ServiceSnapshot, labels: Labels): Sample[] {
  const { destinations, scheduler, stats } = service;
  const gauge = gaugeOf(labels);
  return [
    { name: 'service_info', labels: { ...labels, scheduler }, value: 1 },
    gauge('service_destinations', destinations.length),
    gauge(
      'service_usable_destinations',
      sum(destinations, ({ weight }) => (weight > 0 ? 1 : 0)),
    ),
    gauge(
      'service_active_connections',
      sum(destinations, ({ activeConnections }) => activeConnections),
    ),
    gauge(
      'service_inactive_connections',
      sum(destinations, ({ inactiveConnections }) => inactiveConnections),
    ),
    ...samplesOfCounters('service_', stats, labels),
  ];
}

function samplesOfDestination(destination: ObservedDestination, labels: Labels): Sample[] {
  const { forward, weight, upperThreshold, lowerThreshold, stats } = destination;
  const gauge = gaugeOf(labels);
  return [
    { name: 'destination_info', labels: { ...labels, forward }, value: 1 },
    gauge('destination_weight', weight),
    ...(upperThreshold === 0 ? [] : [gauge('destination_upper_threshold', upperThreshold)]),
    ...(lowerThreshold === 0 ? [] : [gauge('destination_lower_threshold', lowerThreshold)]),
    gauge('destination_active_connections', destination.activeConnections),
    gauge('destination_inactive_connections', destination.inactiveConnections),
    gauge('destination_persistent_connections', destination.persistentConnections),
    ...samplesOfCounters('destination_', stats, labels),
  ];
}

/** The counters of anything that counts. A number holds them to the last digit up to 2^53. */
export function samplesOfCounters(
  kind: '' | 'cpu_' | 'service_' | 'destination_',
  counters: Counters,
  labels: Labels,
): Sample[] {
  return [
    { name: `${kind}connections_total`, labels, value: Number(counters.connections) },
    { name: `${kind}incoming_packets_total`, labels, value: Number(counters.packetsIn) },
    { name: `${kind}outgoing_packets_total`, labels, value: Number(counters.packetsOut) },
    { name: `${kind}incoming_bytes_total`, labels, value: Number(counters.bytesIn) },
    { name: `${kind}outgoing_bytes_total`, labels, value: Number(counters.bytesOut) },
  ];
}

function gaugeOf(labels: Labels): (name: MetricName, value: number) => Sample {
  return (name, value) => ({ name, labels, value });
}

function sum<Thing>(things: readonly Thing[], of: (thing: Thing) => number): number {
  let total = 0;
  for (const thing of things) total += of(thing);
  return total;
}
