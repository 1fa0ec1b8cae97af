import { defineCheck } from '../check.js';

export const moduleChecks = [
  defineCheck({
    code: 'module-missing',
    severity: 'error',
    when: 'The kernel has no IPVS: its module is not loaded.',
    why: 'Without it nothing is balanced. Programs that speak netlink make Linux from 5.16 on load it; others do not.',
    needs: ['module', 'release'],
    find: ({ module: { loaded, installed }, release }) =>
      loaded
        ? []
        : [
            {
              seen:
                installed === false
                  ? `there are no files of IPVS in /proc/net, and no module ip_vs for the kernel ${release.text}`
                  : 'there are no files of IPVS in /proc/net',
              remedy:
                installed === false
                  ? 'Install the modules of this kernel, or boot one that has IPVS.'
                  : 'Load the module.',
              ...(installed === false ? {} : { command: 'modprobe ip_vs' }),
            },
          ],
  }),
  defineCheck({
    code: 'privilege-missing',
    severity: 'error',
    when: 'The process has no CAP_NET_ADMIN.',
    why: 'The kernel shows and changes services for those alone who have it.',
    needs: ['privileges'],
    find: ({ privileges }) =>
      privileges.netAdmin
        ? []
        : [
            {
              seen: 'this process has no CAP_NET_ADMIN',
              remedy: 'Run it as root, or give it the capability.',
            },
          ],
  }),
  defineCheck({
    code: 'user-namespace',
    severity: 'warning',
    when: 'The process is in a user namespace of its own, as in a container without privileges.',
    why: 'There the kernel refuses netlink. The older socket options are left, without IPv6, engines and tunnels other than IPIP; they never load the module.',
    needs: ['privileges'],
    find: ({ privileges }) =>
      privileges.initialUserNamespace
        ? []
        : [
            {
              seen: '/proc/self/uid_map is not the one of the first user namespace',
              remedy: 'Run in the first user namespace, or do with --transport sockopt.',
            },
          ],
  }),
  defineCheck({
    code: 'ftp-helper-missing',
    severity: 'warning',
    when: 'A masqueraded service on TCP port 21, and no helper for FTP.',
    why: 'FTP opens further connections for data, whose addresses stand in the text of the first; without the helper they lead nowhere.',
    needs: ['services', 'applications'],
    find: ({ services, applications }) =>
      applications.some(({ name, port }) => name === 'ftp' && port === 21)
        ? []
        : services
            .filter(
              (service) =>
                'protocol' in service &&
                service.protocol === 'tcp' &&
                service.port === 21 &&
                service.destinations.some(({ forward }) => forward === 'masquerade'),
            )
            .map(({ id }) => ({
              subject: id,
              seen: 'no helper for port 21 in /proc/net/ip_vs_app',
              remedy: 'Load the helper.',
              command: 'modprobe ip_vs_ftp',
            })),
  }),
  defineCheck({
    code: 'sip-engine-missing',
    severity: 'warning',
    when: 'A persistent service on UDP port 5060 that tells clients apart by address alone.',
    why: 'Calls that come through a SIP proxy all have its address, so that one destination gets them all.',
    needs: ['services'],
    find: ({ services }) =>
      services
        .filter(
          (service) =>
            'protocol' in service &&
            service.protocol === 'udp' &&
            service.port === 5060 &&
            service.persistence !== undefined &&
            service.persistence.engine === undefined,
        )
        .map(({ id }) => ({
          subject: id,
          seen: 'the service is persistent, and has no persistence engine',
          remedy: 'Give it the engine sip, which the module ip_vs_pe_sip brings.',
          command: 'modprobe ip_vs_pe_sip',
        })),
  }),
];
