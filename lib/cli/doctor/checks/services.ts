import type { ServiceSnapshot } from '../../../../types/snapshot.js';
import { familyOf } from '../../../model/address.js';
import { fullPrefix } from '../../../model/netmask.js';
import { defineCheck } from '../check.js';
import { isLocal, isUncertain } from '../routes.js';

export const serviceChecks = [
  defineCheck({
    code: 'no-services',
    severity: 'warning',
    when: 'There is no service in the network namespace.',
    why: 'IPVS looks at packets only while there are services; from Linux 5.9 on its hooks are not even there. Services belong to one network namespace.',
    needs: ['services'],
    find: ({ services }) =>
      services.length > 0
        ? []
        : [
            {
              seen: 'the table of services is empty',
              remedy: 'Add services, or look in the network namespace that has them (--netns).',
            },
          ],
  }),
  defineCheck({
    code: 'service-without-scheduler',
    severity: 'error',
    when: 'A service has no scheduler.',
    why: 'Nothing chooses a destination: every new connection is dropped. Linux before 5.17 can be left so when a change of the scheduler fails.',
    needs: ['services'],
    find: ({ services }) =>
      services
        .filter(({ scheduler }) => scheduler === 'none' || scheduler === '')
        .map(({ id }) => ({
          subject: id,
          seen: 'its scheduler is "none"',
          remedy: 'Give it one, such as wlc.',
        })),
  }),
  defineCheck({
    code: 'service-without-destinations',
    severity: 'error',
    when: 'A service has no destination.',
    why: 'Its new connections are refused.',
    needs: ['services'],
    find: ({ services }) =>
      services
        .filter(({ destinations }) => destinations.length === 0)
        .map(({ id }) => ({
          subject: id,
          seen: 'it has no destination',
          remedy: 'Add one, or remove the service.',
        })),
  }),
  defineCheck({
    code: 'service-without-capacity',
    severity: 'error',
    when: 'Every destination of a service has the weight 0.',
    why: 'A weight of 0 takes no new connections: they are refused.',
    needs: ['services'],
    find: ({ services }) =>
      services
        .filter(
          ({ destinations }) =>
            destinations.length > 0 && destinations.every(({ weight }) => weight === 0),
        )
        .map(({ id, destinations }) => ({
          subject: id,
          seen: `all of its destinations (${destinations.length}) have the weight 0`,
          remedy: 'Give at least one of them a weight.',
        })),
  }),
  defineCheck({
    code: 'service-overloaded',
    severity: 'warning',
    when: 'Every destination of a service with a weight has reached its upper threshold.',
    why: 'New connections are refused until old ones are gone; closed ones count until they are forgotten.',
    needs: ['services'],
    find: ({ services }) =>
      services.filter(isOverloaded).map(({ id }) => ({
        subject: id,
        seen: 'all of its destinations have as many connections as their upper thresholds allow',
        remedy: 'Raise the thresholds, or add destinations.',
      })),
  }),
  defineCheck({
    code: 'port-zero-unscheduled',
    severity: 'error',
    when: 'A service for every port that is not persistent.',
    why: 'The kernel schedules nothing there without persistence, and says so in its log alone.',
    needs: ['services'],
    find: ({ services }) =>
      services
        .filter(
          (service) => 'port' in service && service.port === 0 && service.persistence === undefined,
        )
        .map(({ id }) => ({
          subject: id,
          seen: 'its port is 0, and it is not persistent',
          remedy: 'Make it persistent, or name the port.',
        })),
  }),
  defineCheck({
    code: 'vip-not-local',
    severity: 'error',
    when: 'The address of a service is not one of this host.',
    why: 'Packets from elsewhere are balanced where they are delivered to the host itself. To other addresses they are routed or dropped, and never get to IPVS.',
    needs: ['services', 'routes'],
    find: ({ services, routes }) =>
      services.flatMap((service) =>
        'address' in service && !isLocal(routes, service.address)
          ? [
              {
                subject: service.id,
                seen: `no device has the address ${service.address}, and no local route leads to it${
                  isUncertain(routes, service.address)
                    ? ' (there are routing tables besides main and local, which were not looked at)'
                    : ''
                }`,
                remedy: 'Bind the address to a device of this host.',
                command: `ip address add ${service.address}/${fullPrefix(
                  familyOf(service.address),
                )} dev lo`,
              },
            ]
          : [],
      ),
  }),
];

function isOverloaded({ destinations }: ServiceSnapshot): boolean {
  const usable = destinations.filter(({ weight }) => weight > 0);
  return (
    usable.length > 0 &&
    usable.every(
      ({ upperThreshold, activeConnections, inactiveConnections }) =>
        upperThreshold > 0 && activeConnections + inactiveConnections >= upperThreshold,
    )
  );
}
