const schedulers = 'rr wrr lc wlc lblc lblcr dh sh sed nq mh fo ovf twos';

/** What is loaded before the command runs, as far as the kernel has it. */
export const defaultModules = [
  'ip_vs',
  ...schedulers.split(' ').map((name) => `ip_vs_${name}`),
  'ip_vs_ftp',
  'ip_vs_pe_sip',
  ...['dummy', 'veth', 'bridge'],
  ...['ipip', 'sit', 'ip6_tunnel', 'ip_gre', 'ip6_gre', 'fou', 'fou6'],
];
