import { defineCheck, type Trouble } from '../check.js';
import { isBefore } from '../release.js';
import { membersOf } from './members.js';

/** Connections to a bucket above which looking one up takes long. */
const crowded = 4;

export const machineryChecks = [
  defineCheck({
    code: 'sync-interface-down',
    severity: 'error',
    when: 'The interface of a sync daemon is down, or gone.',
    why: 'The daemon runs on and neither sends nor hears anything: the backup knows no connection when it has to take over.',
    needs: ['daemons', 'devices'],
    find: ({ daemons, devices }) =>
      daemons.flatMap(({ role, interface: name }): Trouble[] => {
        const device = devices.find((each) => each.name === name);
        if (device?.up) return [];
        return [
          {
            subject: role,
            seen: device === undefined ? `there is no device ${name}` : `${name} is down`,
            remedy:
              device === undefined
                ? 'Stop the daemon, and start it on a device that is there.'
                : 'Take the device up.',
            ...(device === undefined ? {} : { command: `ip link set ${name} up` }),
          },
        ];
      }),
  }),
  defineCheck({
    code: 'connection-table-crowded',
    severity: 'warning',
    when: `Linux before 7.1, and more than ${crowded} connections to each bucket of the connection table.`,
    why: 'Each packet has to pass the connections of its bucket: throughput falls as connections grow.',
    needs: ['services', 'info', 'release'],
    find: ({ services, info: { connectionTableSize: size }, release }) => {
      // From then on it grows by itself.
      if (!isBefore(release, 7, 1) || size === 0) return [];
      const connections = membersOf(services).reduce(
        (sum, { destination: { activeConnections, inactiveConnections } }) =>
          sum + activeConnections + inactiveConnections,
        0,
      );
      if (connections <= size * crowded) return [];
      const bits = Math.min(20, Math.ceil(Math.log2(connections)));
      return [
        {
          seen: `${connections} connections in ${size} buckets`,
          remedy: 'Load the module with a larger table; that ends all connections.',
          command: `echo 'options ip_vs conn_tab_bits=${bits}' > /etc/modprobe.d/ip_vs.conf`,
        },
      ];
    },
  }),
];
