import type { Family } from '../../../../types/address.js';
import { familyOf } from '../../../model/address.js';
import { fullPrefix } from '../../../model/netmask.js';
import { defineCheck, type Trouble } from '../check.js';
import { isWithin } from '../networks.js';
import { findRoute, isLocal, isUncertain } from '../routes.js';
import { byAddress, membersOf, nameMembers } from './members.js';

const families: readonly Family[] = ['ipv4', 'ipv6'];

const forwardingSysctl = {
  ipv4: 'net.ipv4.ip_forward',
  ipv6: 'net.ipv6.conf.all.forwarding',
} as const;

export const destinationChecks = [
  defineCheck({
    code: 'forwarding-off',
    severity: 'error',
    when: 'Destinations are masqueraded, and the host passes no packets on.',
    why: 'The answers of the servers have to be passed on to the clients; they are dropped instead.',
    needs: ['services', 'settings', 'routes'],
    find: ({ services, settings, routes }) =>
      families.flatMap((family): Trouble[] => {
        const concerned = membersOf(services).filter(
          ({ destination: { address, forward } }) =>
            forward === 'masquerade' && familyOf(address) === family && !isLocal(routes, address),
        );
        if (concerned.length === 0 || settings.forwarding[family] !== false) return [];
        const name = forwardingSysctl[family];
        return [
          {
            seen: `${name} is 0, and there are masqueraded destinations: ${nameMembers(concerned)}`,
            remedy: 'Switch forwarding on, and write it into /etc/sysctl.d to keep it.',
            command: `sysctl -w ${name}=1`,
          },
        ];
      }),
  }),
  defineCheck({
    code: 'destination-port-unused',
    severity: 'error',
    when: 'A destination of direct routing or a tunnel has another port than its service.',
    why: 'Packets arrive there as they came, with the port of the service; the port of the destination is never used.',
    needs: ['services'],
    find: ({ services }) =>
      membersOf(services).flatMap(({ service, destination, subject }) =>
        'port' in service &&
        service.port !== 0 &&
        (destination.forward === 'direct' || destination.forward === 'tunnel') &&
        destination.port !== service.port
          ? [
              {
                subject,
                seen: `packets are sent by ${destination.forward} to port ${service.port}, not ${destination.port}`,
                remedy: 'Have the server listen on the port of the service, or masquerade.',
              },
            ]
          : [],
      ),
  }),
  defineCheck({
    code: 'destination-loopback',
    severity: 'error',
    when: 'A destination is an address of the loopback.',
    why: 'What it answers has an address that no other host can be reached from: clients elsewhere never get an answer.',
    needs: ['services'],
    find: ({ services }) =>
      membersOf(services)
        .filter(
          ({ destination: { address } }) => address === '::1' || isWithin(address, '127.0.0.0', 8),
        )
        .map(({ subject, destination }) => ({
          subject,
          seen: `${destination.address} is an address of the loopback`,
          remedy: 'Use another address of this host.',
        })),
  }),
  defineCheck({
    code: 'destination-unroutable',
    severity: 'error',
    when: 'There is no route to a destination.',
    why: 'The kernel takes such destinations, schedules connections to them and drops the packets.',
    needs: ['services', 'routes'],
    find: ({ services, routes }) =>
      [...byAddress(membersOf(services))].flatMap(([address, members]): Trouble[] =>
        isLocal(routes, address) || findRoute(routes, address) !== undefined
          ? []
          : [
              {
                subject: address,
                seen: `no route leads to it${
                  isUncertain(routes, address)
                    ? ' (there are routing tables besides main and local, which were not looked at)'
                    : ''
                }; it serves ${nameMembers(members)}`,
                remedy: 'Give this host an address in the network of the server, or a route to it.',
              },
            ],
      ),
  }),
  defineCheck({
    code: 'destination-unresolved',
    severity: 'error',
    when: 'The server, or the gateway to it, did not answer ARP. Of IPv4 alone.',
    why: 'It is down, has another address, or is on another link; its connections are lost.',
    needs: ['services', 'routes', 'neighbours'],
    find: ({ services, routes, neighbours }) =>
      [...byAddress(membersOf(services))].flatMap(([address, members]): Trouble[] => {
        if (isLocal(routes, address)) return [];
        const route = findRoute(routes, address);
        const next = route?.gateway ?? address;
        const neighbour = neighbours.get(next);
        if (neighbour === undefined || neighbour.answered || neighbour.device !== route?.device)
          return [];
        const who = route.gateway === undefined ? next : `its gateway ${next}`;
        return [
          {
            subject: address,
            seen: `${who} did not answer ARP on ${neighbour.device}; it serves ${nameMembers(members)}`,
            remedy: 'See whether the server is up, and whether its address and its link are right.',
            command: `ping -c 1 ${next}`,
          },
        ];
      }),
  }),
  defineCheck({
    code: 'destination-beside-clients',
    severity: 'warning',
    when: 'A masqueraded server is in the network that the address of its service is in.',
    why: 'Clients of that network get the answers straight from the server, from an address that they did not ask, and reset the connection.',
    needs: ['services', 'addresses', 'routes'],
    find: ({ services, addresses, routes }) => {
      const networks = addresses.filter(
        ({ address, prefixLength }) => prefixLength < fullPrefix(familyOf(address)),
      );
      return membersOf(services).flatMap(({ service, destination, subject }): Trouble[] => {
        if (destination.forward !== 'masquerade' || !('address' in service)) return [];
        if (isLocal(routes, destination.address)) return [];
        const shared = networks.find(
          ({ address, prefixLength }) =>
            isWithin(service.address, address, prefixLength) &&
            isWithin(destination.address, address, prefixLength),
        );
        return shared === undefined
          ? []
          : [
              {
                subject,
                seen: `${service.address} and ${destination.address} are both in the network of ${shared.address}/${shared.prefixLength} on ${shared.device}`,
                remedy:
                  'Have the server route its answers to this network through this host as well, use direct routing, or keep clients out of it.',
              },
            ];
      });
    },
  }),
  defineCheck({
    code: 'one-packet-masquerade',
    severity: 'warning',
    when: 'A one-packet service has masqueraded destinations.',
    why: 'Each packet is scheduled on its own and then forgotten: the answers are not translated back.',
    needs: ['services'],
    find: ({ services }) =>
      membersOf(services)
        .filter(
          ({ service, destination }) => service.onePacket && destination.forward === 'masquerade',
        )
        .map(({ subject }) => ({
          subject,
          seen: 'the service schedules packet by packet, and the destination is masqueraded',
          remedy: 'Use direct routing or a tunnel.',
        })),
  }),
  defineCheck({
    code: 'destination-no-answer',
    severity: 'error',
    when: 'A masqueraded destination of a TCP service takes no connection from this host (with `--probe`).',
    why: 'Its connections fail; IPVS does not look at servers by itself.',
    needs: ['services', 'probes'],
    find: ({ services, probes }) =>
      membersOf(services).flatMap(({ subject, destination, service }): Trouble[] => {
        const outcome = probes.get(destination.id);
        if (outcome === undefined || !('protocol' in service) || service.protocol !== 'tcp')
          return [];
        return [
          {
            subject,
            seen: `connecting to ${destination.id}: ${outcome}`,
            remedy: 'See whether the server runs and listens there, and what firewalls say.',
          },
        ];
      }),
  }),
];
