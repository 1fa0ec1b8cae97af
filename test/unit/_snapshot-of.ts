import type { DesiredState } from '../../types/document.js';
import type { Snapshot } from '../../types/snapshot.js';

const stats = {
  connections: 12n,
  packetsIn: 3n,
  packetsOut: 4n,
  bytesIn: 5n,
  bytesOut: 6n,
  rates: { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 },
};

/** What a kernel that has that state would be read as. */
export function snapshotOf(state: DesiredState): Snapshot {
  return {
    consistent: true,
    services: state.services.map(({ name, drain, ignore, destinations, ...service }) => ({
      ...service,
      stats,
      destinations: destinations.map((destination) => ({
        ...destination,
        activeConnections: 1,
        inactiveConnections: 2,
        persistentConnections: 3,
        stats,
      })),
    })),
  };
}
