import type { RawDestination, RawService } from '../raw.js';
import { destinationHash, maglevHash, sourceHash } from './hash.js';
import {
  failover,
  leastConnection,
  neverQueue,
  overflow,
  shortestExpectedDelay,
  weightedLeastConnection,
} from './least-connection.js';
import { roundRobin, weightedRoundRobin } from './round-robin.js';
import type { Packet, Schedule } from './scheduler.js';

/** The schedulers that are modelled. Every other behaves as `wlc`. */
const schedules: ReadonlyMap<string, Schedule> = new Map([
  ['rr', roundRobin],
  ['wrr', weightedRoundRobin],
  ['lc', leastConnection],
  ['wlc', weightedLeastConnection],
  ['sed', shortestExpectedDelay],
  ['nq', neverQueue],
  ['fo', failover],
  ['ovf', overflow],
  ['sh', sourceHash],
  ['dh', destinationHash],
  ['mh', maglevHash],
  ['none', () => undefined],
]);

/** The schedulers that a Linux 6.1 has as modules. */
export const builtInSchedulers: readonly string[] = [
  'dh',
  'fo',
  'lblc',
  'lblcr',
  'lc',
  'mh',
  'nq',
  'ovf',
  'rr',
  'sed',
  'sh',
  'wlc',
  'wrr',
];

/** The destination of a service's new connection; nothing where it is refused. */
export function schedule(service: RawService, packet: Packet): RawDestination | undefined {
  return (schedules.get(service.scheduler) ?? weightedLeastConnection)(service, packet);
}
