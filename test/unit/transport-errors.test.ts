import { constants } from 'node:os';
import test from 'ava';
import { type Failure, failureError } from '#lib/kernel/errors.js';

const { EPERM, EOPNOTSUPP, EAFNOSUPPORT, ENOENT } = constants.errno;

const reads = test.macro({
  exec(t, failure: Failure, operation: 'open' | 'flush', text: string) {
    t.is(failureError(operation, undefined, failure).message, text);
  },
  title: (_, failure, operation) => `${operation} failed: ${JSON.stringify(failure)}`,
});

const grant = 'run as root, or grant the capability to the process';
const initial = `that needs CAP_NET_ADMIN in the initial user namespace: ${grant}`;
const owner = `that needs CAP_NET_ADMIN in the user namespace that owns the network namespace: ${grant}`;
const advice = 'in a user namespace of your own, open with the transport "auto" or "sockopt"';
const refused = { errno: EPERM, source: 'kernel' } as const;

test(reads, refused, 'open', `EPERM: open: ${initial}`);
test(reads, { ...refused, transport: 'netlink' }, 'open', `EPERM: open: ${initial}; ${advice}`);
test(reads, { ...refused, transport: 'netlink' }, 'flush', `EPERM: flush: ${initial}`);
test(reads, { ...refused, transport: 'sockopt' }, 'open', `EPERM: open: ${owner}`);
test(reads, { ...refused, transport: 'sockopt' }, 'flush', `EPERM: flush: ${owner}`);

const noFamily = { errno: EAFNOSUPPORT, source: 'socket' } as const;
test(reads, noFamily, 'open', 'EAFNOSUPPORT: open: this kernel has no generic netlink');
test(
  reads,
  { ...noFamily, message: 'over the socket options: no IPVS' },
  'open',
  'EAFNOSUPPORT: open: this kernel has no generic netlink (the kernel says: over the socket options: no IPVS)',
);
test(
  reads,
  { ...noFamily, transport: 'sockopt' },
  'open',
  'EAFNOSUPPORT: open: this kernel has no IPv4',
);
test(
  reads,
  { errno: ENOENT, source: 'family', message: 'over the socket options: no' },
  'open',
  'ENOENT: open: this kernel has no IPVS: load the module with "modprobe ip_vs", or use a kernel built with CONFIG_IP_VS (the kernel says: over the socket options: no)',
);

test('what the addon itself refuses to send has the code of what is not supported, and no errno', (t) => {
  const failure = { errno: EOPNOTSUPP, source: 'unsupported', message: 'IPv6' } as const;
  const error = failureError('flush', undefined, failure);
  t.is(error.message, 'ERR_IPVS_UNSUPPORTED: flush: the socket options cannot do this (IPv6)');
  t.is(error.errno, undefined);
});
