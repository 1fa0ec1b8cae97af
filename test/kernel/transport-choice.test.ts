import test from 'ava';
import { refuses } from './_expect.js';
import { makeNamespace } from './_namespace.js';
import { runAsOrdinaryUser } from './_ordinary-user.js';

test('a handle says over which transport it speaks: netlink where that is open to the caller', async (t) => {
  const { ipvs, open } = await makeNamespace(t);
  t.is(ipvs.transport, 'netlink');
  t.is((await open({ transport: 'netlink' })).transport, 'netlink');
  const old = await open({ transport: 'sockopt' });
  t.is(old.transport, 'sockopt');
  t.deepEqual(await old.info(), await ipvs.info());
});

test('what is written over one transport is read over the other', async (t) => {
  const { ipvs, open } = await makeNamespace(t);
  const old = await open({ transport: 'sockopt' });
  const service = {
    protocol: 'udp',
    address: '192.0.2.1',
    port: 53,
    scheduler: 'sh',
    schedulerFlags: ['sh-port'],
    persistence: { timeout: 77, netmask: 20 },
    onePacket: true,
  } as const;
  const destination = {
    address: '198.51.100.1',
    forward: 'tunnel',
    weight: 2_147_483_647,
    upperThreshold: 9,
    lowerThreshold: 8,
  } as const;
  await old.addService(service);
  await old.addDestination(service, destination);
  await ipvs.addService({ fwmark: 4_294_967_295, scheduler: 'rr' });
  t.is((await ipvs.listServices()).length, 2);
  t.deepEqual(await old.listServices(), await ipvs.listServices());
  t.deepEqual(await old.getService(service), await ipvs.getService(service));
  t.deepEqual(await old.listDestinations(service), await ipvs.listDestinations(service));
  t.like((await ipvs.listDestinations(service))[0], destination);
});

for (const transport of ['auto', 'sockopt'] as const) {
  test(`an ordinary user works on IPVS in a user namespace of his own (${transport})`, async (t) => {
    const seen = JSON.parse(
      await runAsOrdinaryUser(t, 'user-namespace', [transport], { namespaces: true }),
    ) as unknown[];
    t.deepEqual(seen, [
      'sockopt',
      '1.2.1',
      'nothing',
      ['tcp/10.69.0.1:80', 'rr', '10.69.1.1:8080 3', '10.69.1.2:8080 1'],
      ['tcp/10.69.0.1:80', 'wrr', '10.69.1.1:8080 0'],
      { tcp: 900, tcpFin: 120, udp: 44 },
      'nothing',
    ]);
  });
}

test('netlink refuses him there, and the reason says what to do', async (t) => {
  const seen = await runAsOrdinaryUser(t, 'user-namespace', ['netlink'], { namespaces: true });
  t.deepEqual(JSON.parse(seen), [
    'open EPERM: that needs CAP_NET_ADMIN in the initial user namespace: run as root, or grant the capability to the process; in a user namespace of your own, open with the transport "auto" or "sockopt"',
  ]);
});

test('outside of one he is refused over each transport, with the privilege that it takes', async (t) => {
  const asked = async (transport: string) =>
    JSON.parse(await runAsOrdinaryUser(t, 'user-namespace', [transport])) as string[];
  const initial = /^open EPERM: that needs CAP_NET_ADMIN in the initial user namespace/;
  t.regex((await asked('auto'))[0] ?? '', initial);
  t.regex((await asked('netlink'))[0] ?? '', initial);
  t.regex(
    (await asked('sockopt'))[0] ?? '',
    /^open EPERM: that needs CAP_NET_ADMIN in the user namespace that owns the network namespace/,
  );
});

test('a namespace that is not there is an error of its own over the socket options, too', async (t) => {
  const { open } = await makeNamespace(t);
  await refuses(t, open({ netns: 'no-such-namespace', transport: 'sockopt' }), {
    code: 'ENOENT',
    operation: 'open',
    missing: 'namespace',
  });
});
