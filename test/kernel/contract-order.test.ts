import test from 'ava';
import { FakeKernel } from 'ipvs/testing';
import { orderOf, parseOrder } from './_kernel-order.js';
import { makeNamespace } from './_namespace.js';

test('the fake kernel lists services in an order that the real one can have', async (t) => {
  const { ipvs, run } = await makeNamespace(t);
  const services = Array.from({ length: 60 }, (_, index) => {
    const address = index % 3 === 0 ? `2001:db8:${index % 7}::${index}` : `10.0.${index % 5}.1`;
    const family = index % 2 === 0 ? 'ipv4' : 'ipv6';
    return index % 4 === 0
      ? ({ fwmark: 3 * index + 1, family } as const)
      : ({ protocol: index % 2 === 0 ? 'tcp' : 'udp', address, port: 100 * index + 80 } as const);
  });
  await Promise.all(services.map((service) => ipvs.addService(service)));
  const real = parseOrder(await run('cat', '/proc/net/ip_vs'));
  t.is(real.length, services.length);
  if (ipvs.capabilities.files.status) {
    t.log('from Linux 7.1 on the table is another');
    return;
  }
  const salts: number[] = [];
  for (let salt = 0; salt < 256; salt += 1) {
    const fake = new FakeKernel({ salt });
    for (const service of services) await fake.addService(service);
    if (JSON.stringify(orderOf(fake.raw())) === JSON.stringify(real)) salts.push(salt);
  }
  // What the kernel mixes in is part of an address of its memory, and here to be found out.
  t.is(salts.length, 1);
});
