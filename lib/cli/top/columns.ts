import type { ObservedDestination } from '../../../types/destination.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import type { Counters, Rates } from '../../../types/stats.js';

/** What the columns are about. */
export type Mode = 'rates' | 'connections' | 'bytes';

export const modes: readonly Mode[] = ['rates', 'connections', 'bytes'];

/** A column of numbers: of services, and of their destinations. */
export interface NumberColumn {
  readonly title: string;
  readonly ofService: (service: ServiceSnapshot) => number | bigint;
  readonly ofDestination: (destination: ObservedDestination) => number | bigint;
  /** Leaves when the terminal is too narrow for everything. */
  readonly isLessImportant?: boolean;
}

const weight = summed('WEIGHT', ({ weight: own }) => own);
const active = summed('ACTIVE', ({ activeConnections }) => activeConnections);
const connectionRate = rate('CONN/S', 'connections');
const bytesInRate = rate('BYTES IN/S', 'bytesIn');
const bytesOutRate = rate('BYTES OUT/S', 'bytesOut');

/** The columns of each mode, from left to right. */
export const columnsOf: Readonly<Record<Mode, readonly NumberColumn[]>> = {
  rates: [
    weight,
    active,
    connectionRate,
    lessImportant(rate('PACKETS IN/S', 'packetsIn')),
    lessImportant(rate('PACKETS OUT/S', 'packetsOut')),
    bytesInRate,
    bytesOutRate,
  ],
  connections: [
    weight,
    active,
    summed('INACTIVE', ({ inactiveConnections }) => inactiveConnections),
    lessImportant(summed('PERSISTENT', ({ persistentConnections }) => persistentConnections)),
    connectionRate,
    counted('CONNECTIONS', 'connections'),
  ],
  bytes: [
    weight,
    bytesInRate,
    bytesOutRate,
    counted('BYTES IN', 'bytesIn'),
    counted('BYTES OUT', 'bytesOut'),
    lessImportant(counted('PACKETS IN', 'packetsIn')),
    lessImportant(counted('PACKETS OUT', 'packetsOut')),
  ],
};

function summed(
  title: string,
  ofDestination: (destination: ObservedDestination) => number,
): NumberColumn {
  return {
    title,
    ofDestination,
    ofService: ({ destinations }) =>
      destinations.reduce((sum, destination) => sum + ofDestination(destination), 0),
  };
}

function rate(title: string, field: keyof Rates): NumberColumn {
  const read = ({ stats }: ServiceSnapshot | ObservedDestination) => stats.rates[field];
  return { title, ofService: read, ofDestination: read };
}

function counted(title: string, field: keyof Counters): NumberColumn {
  const read = ({ stats }: ServiceSnapshot | ObservedDestination) => stats[field];
  return { title, ofService: read, ofDestination: read };
}

function lessImportant(column: NumberColumn): NumberColumn {
  return { ...column, isLessImportant: true };
}
