import { counted, type Figures, rate, summed } from '../figures.js';

/** What the columns are about. */
export type Mode = 'rates' | 'connections' | 'bytes';

export const modes: readonly Mode[] = ['rates', 'connections', 'bytes'];

/** A column, and what becomes of it where there is little room. */
export interface NumberColumn extends Figures {
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

function lessImportant(column: Figures): NumberColumn {
  return { ...column, isLessImportant: true };
}
