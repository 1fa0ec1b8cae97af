import type { RawDestination } from '../raw.js';
import { isUsable, leastOf, type Schedule } from './scheduler.js';

/** An inactive connection counts as little. */
const activeWorth = 256;

function overhead({ activeConnections, inactiveConnections }: RawDestination): number {
  return activeConnections * activeWorth + inactiveConnections;
}

export const leastConnection: Schedule = ({ destinations }) => leastOf(destinations, overhead);

export const weightedLeastConnection: Schedule = ({ destinations }) =>
  leastOf(destinations, (each) => overhead(each) / each.weight);

function expectedDelay({ activeConnections, weight }: RawDestination): number {
  return (activeConnections + 1) / weight;
}

export const shortestExpectedDelay: Schedule = ({ destinations }) =>
  leastOf(destinations, expectedDelay);

/** One that is idle, else the one of the shortest expected delay. */
export const neverQueue: Schedule = ({ destinations }) =>
  destinations.find((each) => isUsable(each) && each.activeConnections === 0) ??
  leastOf(destinations, expectedDelay);

/** The one of the highest weight. */
export const failover: Schedule = ({ destinations }) =>
  leastOf(destinations, ({ weight }) => -weight);

/** The one of the highest weight that has no more active connections than that. */
export const overflow: Schedule = ({ destinations }) =>
  leastOf(
    destinations.filter(({ activeConnections, weight }) => activeConnections <= weight),
    ({ weight }) => -weight,
  );
