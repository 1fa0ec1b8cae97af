import { familyOf } from '../../../model/address.js';
import { defineCheck, type Trouble } from '../check.js';
import { isBefore } from '../release.js';
import { isLocal } from '../routes.js';
import { membersOf, nameServices } from './members.js';

/** Seconds below which established connections that are idle for a while are forgotten. */
const shortest = 60;

const tunnelKinds = new Set(['ipip', 'gre', 'sit', 'ip6tnl', 'ip6gre', 'fou', 'gue']);

export const settingChecks = [
  defineCheck({
    code: 'estimation-stopped',
    severity: 'warning',
    when: 'The kernel does not bring counters up to date.',
    why: 'Counters and rates stand still, and so does all that is watched by them.',
    needs: ['sysctls'],
    find: ({ sysctls }): Trouble[] =>
      sysctls['run_estimation'] === 0
        ? [
            {
              seen: 'net.ipv4.vs.run_estimation is 0',
              remedy: 'Switch it on; what was counted meanwhile appears then.',
              command: 'sysctl -w net.ipv4.vs.run_estimation=1',
            },
          ]
        : sysctls['est_cpulist'] === ''
          ? [
              {
                seen: 'net.ipv4.vs.est_cpulist is empty: no processor may do it',
                remedy: 'Name processors.',
                command: 'sysctl -w net.ipv4.vs.est_cpulist=all',
              },
            ]
          : [],
  }),
  defineCheck({
    code: 'reuse-mode-off',
    severity: 'warning',
    when: 'New connections that use a port again go where the old one went.',
    why: 'Clients that open many connections, such as gateways, keep coming to destinations that drain or are gone.',
    needs: ['sysctls'],
    find: ({ sysctls }) =>
      sysctls['conn_reuse_mode'] !== 0
        ? []
        : [
            {
              seen: 'net.ipv4.vs.conn_reuse_mode is 0',
              remedy: 'Have them scheduled anew.',
              command: 'sysctl -w net.ipv4.vs.conn_reuse_mode=1',
            },
          ],
  }),
  defineCheck({
    code: 'reuse-delay',
    severity: 'warning',
    when: 'Linux before 5.9 with `conntrack` 1 and `conn_reuse_mode` not 0.',
    why: 'The first packet of a connection that uses a port again is dropped: such clients wait for a second.',
    needs: ['sysctls', 'release'],
    find: ({ sysctls, release }) =>
      isBefore(release, 5, 9) && sysctls['conntrack'] === 1 && sysctls['conn_reuse_mode'] !== 0
        ? [
            {
              seen: `conntrack is 1 and conn_reuse_mode is ${sysctls['conn_reuse_mode']} on Linux ${release.text}`,
              remedy:
                'Switch conntrack off where no rule of the firewall needs it, or use a newer kernel.',
              command: 'sysctl -w net.ipv4.vs.conntrack=0',
            },
          ]
        : [],
  }),
  defineCheck({
    code: 'quiescent-clients-stay',
    severity: 'warning',
    when: 'A persistent service has a destination of weight 0 with clients that are bound to it.',
    why: 'The weight keeps new clients away; those that are bound still come, also for new connections.',
    needs: ['services', 'sysctls'],
    find: ({ services, sysctls }) =>
      sysctls['expire_quiescent_template'] !== 0
        ? []
        : membersOf(services)
            .filter(
              ({ destination: { weight, persistentConnections } }) =>
                weight === 0 && persistentConnections > 0,
            )
            .map(({ subject, destination }) => ({
              subject,
              seen: `its weight is 0, and clients are bound to it (${destination.persistentConnections} templates); expire_quiescent_template is 0`,
              remedy: 'Have the kernel forget whom weight 0 was bound to.',
              command: 'sysctl -w net.ipv4.vs.expire_quiescent_template=1',
            })),
  }),
  defineCheck({
    code: 'removed-flows-dropped',
    severity: 'note',
    when: 'There are UDP services, and `expire_nodest_conn` is 0.',
    why: 'Flows whose destination is removed are dropped until the kernel forgets them, and clients that go on sending keep it from that.',
    needs: ['services', 'sysctls'],
    find: ({ services, sysctls }): Trouble[] => {
      const concerned = services.filter(
        (service) => 'protocol' in service && service.protocol === 'udp',
      );
      if (concerned.length === 0 || sysctls['expire_nodest_conn'] !== 0) return [];
      return [
        {
          seen: `net.ipv4.vs.expire_nodest_conn is 0, and there are UDP services (${concerned.length})`,
          remedy: 'Have such flows scheduled anew.',
          command: 'sysctl -w net.ipv4.vs.expire_nodest_conn=1',
        },
      ];
    },
  }),
  defineCheck({
    code: 'balancing-suspended',
    severity: 'error',
    when: 'The backup sync daemon runs, and `backup_only` is 1.',
    why: 'Then nothing is balanced here: all packets are passed on as if there were no services.',
    needs: ['sysctls', 'daemons'],
    find: ({ sysctls, daemons }) =>
      sysctls['backup_only'] === 1 && daemons.some(({ role }) => role === 'backup')
        ? [
            {
              seen: 'net.ipv4.vs.backup_only is 1, and the backup sync daemon runs',
              remedy: 'Where this host is to balance, let it.',
              command: 'sysctl -w net.ipv4.vs.backup_only=0',
            },
          ]
        : [],
  }),
  defineCheck({
    code: 'drops-always',
    severity: 'warning',
    when: '`drop_entry` or `drop_packet` is 3.',
    why: 'New connections are dropped at random, whether memory is short or not. It is meant for the time of an attack.',
    needs: ['sysctls'],
    find: ({ sysctls }) =>
      ['drop_entry', 'drop_packet']
        .filter((name) => sysctls[name] === 3)
        .map((name) => ({
          subject: name,
          seen: `net.ipv4.vs.${name} is 3`,
          remedy: 'Let the kernel decide by itself.',
          command: `sysctl -w net.ipv4.vs.${name}=1`,
        })),
  }),
  defineCheck({
    code: 'tcp-timeout-short',
    severity: 'warning',
    when: `Established TCP connections are forgotten after less than ${shortest} seconds.`,
    why: 'Whoever is silent for longer finds the connection gone: its next packet is dropped or refused.',
    needs: ['timeouts'],
    find: ({ timeouts }) =>
      timeouts.tcp >= shortest
        ? []
        : [
            {
              seen: `the timeout of TCP is ${timeouts.tcp} s`,
              remedy: 'Set it above the longest silence of clients; the default is 900.',
              command: `ipvsadm --set 900 0 0`,
            },
          ],
  }),
  defineCheck({
    code: 'reverse-path-filter',
    severity: 'warning',
    when: 'The address of a service is on a tunnel device that takes only what it would answer through.',
    why: 'A server at the end of a tunnel gets the packets of clients there and answers them elsewhere; the strict filter (1) drops them.',
    needs: ['services', 'addresses', 'devices', 'settings'],
    find: ({ services, addresses, devices, settings }) => {
      const virtual = new Set(
        services.flatMap((service) => ('address' in service ? [service.address] : [])),
      );
      const bound = new Set(
        addresses.filter(({ address }) => virtual.has(address)).map(({ device }) => device),
      );
      return devices
        .filter(
          ({ name, kind }) =>
            bound.has(name) &&
            tunnelKinds.has(kind) &&
            settings.devices.get(name)?.reversePathFilter === 1,
        )
        .map(({ name }) => ({
          subject: name,
          seen: `rp_filter is 1 on the tunnel device ${name}, which has the address of a service`,
          remedy: 'Switch it to loose, for this device and in "all" if that is 1.',
          command: `sysctl -w net.ipv4.conf.${name.replaceAll('.', '/')}.rp_filter=2`,
        }));
    },
  }),
  defineCheck({
    code: 'backup-answers-arp',
    severity: 'warning',
    when: 'A director that is only a backup has the address of a service, and answers ARP for it.',
    why: 'Two hosts then claim one address, and clients come to either of them by chance. The same is true of servers of direct routing, which have the address, too.',
    needs: ['services', 'routes', 'daemons', 'devices', 'settings'],
    find: ({ services, routes, daemons, devices, settings }): Trouble[] => {
      const isBackup = daemons.length > 0 && daemons.every(({ role }) => role === 'backup');
      const bound = services.filter(
        (service) =>
          'address' in service &&
          familyOf(service.address) === 'ipv4' &&
          isLocal(routes, service.address),
      );
      const answering = devices.filter(
        ({ name, kind, up }) =>
          up &&
          name !== 'lo' &&
          kind !== 'dummy' &&
          !tunnelKinds.has(kind) &&
          settings.devices.get(name)?.arpIgnore === 0,
      );
      if (!isBackup || bound.length === 0 || answering.length === 0) return [];
      return [
        {
          seen: `only the backup sync daemon runs, the addresses of services are bound (${nameServices(bound)}), and arp_ignore is 0 on ${answering.map(({ name }) => name).join(', ')}`,
          remedy:
            'Bind the addresses only while this host is the master, or keep it from answering for them.',
          command: 'sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2',
        },
      ];
    },
  }),
];
