import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { type ConnectionFilter, InvalidValueError } from 'ipvs';
import {
  type CompleteConnectionFilter,
  checkConnectionFilter,
} from '#lib/model/connection-filter.js';

const show = (input: unknown) => inspect(input, { breakLength: Infinity });

const accepts = test.macro({
  exec(
    t: ExecutionContext,
    input: ConnectionFilter | undefined,
    expected: Partial<CompleteConnectionFilter>,
  ) {
    t.deepEqual(checkConnectionFilter(input), { synced: false, unique: false, ...expected });
  },
  title: (_, input) => `${show(input)} is a filter`,
});

test(accepts, undefined, {});
test(accepts, {}, {});
test(accepts, { protocol: 'tcp' }, { protocol: 6 });
test(accepts, { protocol: 'protocol-50' }, { protocol: 50 });
test(accepts, { protocol: 'protocol-0' }, { protocol: 0 });
test(
  accepts,
  { service: 'TCP/10.0.0.1:80' },
  { service: { kind: 'address', protocol: 6, family: 'ipv4', address: '10.0.0.1', port: 80 } },
);
test(
  accepts,
  { service: { protocol: 'udp', address: 'FD09::1', port: 0 } },
  { service: { kind: 'address', protocol: 17, family: 'ipv6', address: 'fd09::1', port: 0 } },
);
test(
  accepts,
  { service: { fwmark: 7, family: 'ipv6' } },
  { service: { kind: 'fwmark', fwmark: 7, family: 'ipv6' } },
);
test(
  accepts,
  { client: '192.0.2.7' },
  { client: { family: 'ipv4', address: '192.0.2.7', prefix: 32 } },
);
test(
  accepts,
  { client: '192.0.2.7/24' },
  { client: { family: 'ipv4', address: '192.0.2.7', prefix: 24 } },
);
test(
  accepts,
  { client: '0.0.0.0/0' },
  { client: { family: 'ipv4', address: '0.0.0.0', prefix: 0 } },
);
test(accepts, { client: '::/0' }, { client: { family: 'ipv6', address: '::', prefix: 0 } });
test(
  accepts,
  { client: '2001:DB8::/32' },
  { client: { family: 'ipv6', address: '2001:db8::', prefix: 32 } },
);
test(
  accepts,
  { client: '2001:db8::1' },
  { client: { family: 'ipv6', address: '2001:db8::1', prefix: 128 } },
);
test(
  accepts,
  { destination: '10.1.0.5:8080' },
  { destination: { family: 'ipv4', address: '10.1.0.5', port: 8080 } },
);
for (const destination of ['10.1.0.5', { address: '10.1.0.5' }]) {
  test(
    accepts,
    { destination },
    { destination: { family: 'ipv4', address: '10.1.0.5', port: undefined } },
  );
}
test(
  accepts,
  { destination: { address: '10.1.0.5', port: 0 } },
  { destination: { family: 'ipv4', address: '10.1.0.5', port: 0 } },
);
test(
  accepts,
  { destination: '[FD02::2]:53' },
  { destination: { family: 'ipv6', address: 'fd02::2', port: 53 } },
);
for (const destination of ['fd02::2', '[fd02::2]', { address: 'fd02::2' }]) {
  test(
    accepts,
    { destination },
    { destination: { family: 'ipv6', address: 'fd02::2', port: undefined } },
  );
}
test(accepts, { state: 'ESTABLISHED' }, { state: 'ESTABLISHED' });
test(accepts, { state: 'syn_recv' }, { state: 'SYN_RECV' });
test(accepts, { state: 'C-ECHOED' }, { state: 'C-ECHOED' });
test(accepts, { state: 'assured' }, { state: 'ASSURED' });
test(accepts, { state: 'UDP' }, { state: 'UDP' });
test(accepts, { state: 'ERR!' }, { state: 'ERR!' });
test(accepts, { templates: 'only' }, { templates: 'only' });
test(accepts, { templates: 'exclude' }, { templates: 'exclude' });
test(accepts, { synced: true, unique: true }, { synced: true, unique: true });
test(accepts, { synced: false, unique: false }, {});

test('a field that is undefined is absent', (t) => {
  const filter = { protocol: undefined, client: undefined, templates: undefined, other: undefined };
  t.deepEqual(checkConnectionFilter(filter), { synced: false, unique: false });
});

const refuses = test.macro({
  exec(
    t: ExecutionContext,
    input: unknown,
    path: string,
    expected: string | RegExp,
    value?: unknown,
  ) {
    const error = t.throws(() => checkConnectionFilter(input), { instanceOf: InvalidValueError });
    t.is(error.path, path);
    if (typeof expected === 'string') t.is(error.expected, expected);
    else t.regex(error.expected, expected);
    t.is(error.value, value ?? (path === '' ? input : (input as Record<string, unknown>)[path]));
  },
  title: (_, input) => `${show(input)} is no filter`,
});

for (const input of [null, 'tcp', 5, ['tcp'], true]) {
  test(refuses, input, '', 'an object of what to look for');
}
test(refuses, { protocl: 'tcp' }, 'protocl', 'no field of this name');
test(refuses, { signal: new AbortController().signal }, 'signal', 'no field of this name');
for (const protocol of ['icmp', 'IP', '', 50, null, {}, 'protocol-65536']) {
  test(refuses, { protocol }, 'protocol', 'tcp, udp, sctp or protocol-<number>');
}
test(refuses, { service: 'tcp/10.0.0.1' }, 'service', /^a service id such as/);
test(refuses, { service: null }, 'service', /^a service: its id/);
test(
  refuses,
  { service: { protocol: 'tcp', address: '10.0.0.1', port: 65536 } },
  'service.port',
  'a whole number from 0 to 65535',
  65536,
);
test(refuses, { service: { fwmark: 0 } }, 'service.fwmark', /^a whole number from 1/, 0);
for (const client of [
  '',
  'localhost',
  '10.0.0.1:80',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/',
  '10.0.0/8',
  '/8',
  '10.0.0.0/8/8',
  '10.0.0.0/255.0.0.0',
  'fd00::/129',
  '[fd00::]/8',
  'fe80::1%eth0',
  ' 10.0.0.1',
  10,
  null,
  { address: '10.0.0.1' },
]) {
  test(
    refuses,
    { client },
    'client',
    'an address, or a network such as 192.0.2.0/24 or 2001:db8::/32',
  );
}
for (const destination of ['', '10.1.0.5:', '10.1.0.5:65536', 'fd02::2:8080:', '[fd02::2']) {
  test(refuses, { destination }, 'destination', /^a destination id such as/);
}
test(refuses, { destination: 5 }, 'destination', /^a destination: its id/);
test(
  refuses,
  { destination: { address: '10.1.0.5', port: '80' } },
  'destination.port',
  'a whole number from 0 to 65535',
  '80',
);
test(
  refuses,
  { destination: { port: 80 } },
  'destination.address',
  'an IPv4 or IPv6 address',
  undefined,
);
for (const state of ['ESTABLISHD', '', 'SYN-RECV', 'ANY', null, 1, ['ESTABLISHED']]) {
  test(refuses, { state }, 'state', /^a state the kernel has: NONE, ESTABLISHED, .*, ASSURED/);
}
for (const templates of ['none', 'ONLY', true, null]) {
  test(refuses, { templates }, 'templates', 'only or exclude');
}
for (const value of ['yes', 1, null]) {
  test(refuses, { synced: value }, 'synced', 'a boolean');
  test(refuses, { unique: value }, 'unique', 'a boolean');
}

test('what an object inherits is no filter of its own', (t) => {
  t.deepEqual(checkConnectionFilter(Object.create({ protocol: 'tcp' })), {
    synced: false,
    unique: false,
  });
});
