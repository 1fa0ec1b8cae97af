import test from 'ava';
import { IpvsError } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
import { endings, fill, ids, serviceIds, tcp, udp } from '../contract/subject.js';

const tableOnly = { settings: false, addresses: false } as const;
const mark = { fwmark: 1 } as const;

test('every call that reaches the kernel is written down', async (t) => {
  const kernel = new FakeKernel();
  await kernel.addService(tcp);
  await kernel.clock.advance(1500);
  await kernel.addDestination(tcp, { address: '10.1.0.1' }).catch(() => {});
  await endings(kernel.addService(tcp), kernel.addService({ fwmark: 0 }));
  await kernel.other.removeService(tcp);
  await kernel.snapshot(tableOnly);
  const start = kernel.clock.now() - 1500;
  t.deepEqual(kernel.calls, [
    { operation: 'add-service', target: 'tcp/192.0.2.1:80', at: start },
    {
      operation: 'add-destination',
      target: 'tcp/192.0.2.1:80 -> 10.1.0.1:80',
      at: start + 1500,
    },
    { operation: 'add-service', target: 'tcp/192.0.2.1:80', at: start + 1500 },
    { operation: 'snapshot', target: undefined, at: start + 1500 },
  ]);
  kernel.clearCalls();
  t.deepEqual(kernel.calls, []);
});

test('a call is refused as often as is wanted, and nothing happens', async (t) => {
  const kernel = new FakeKernel();
  const fault = kernel.inject({ operation: 'add-service', code: 'EBUSY', times: 2 });
  t.deepEqual(
    await endings(
      kernel.addService(tcp),
      kernel.getService(tcp),
      kernel.addService(udp),
      kernel.addService(tcp),
    ),
    ['EBUSY', 'done', 'EBUSY', 'done'],
  );
  t.deepEqual(await serviceIds(kernel), ['tcp/192.0.2.1:80']);
  t.is(fault.used, 2);
  const always = kernel.inject({ target: 'udp/192.0.2.1:53', code: 'EPERM', times: Infinity });
  const error = await t.throwsAsync(kernel.addService(udp), { instanceOf: IpvsError });
  t.like(error, { code: 'EPERM', operation: 'add-service', target: 'udp/192.0.2.1:53' });
  t.regex((error as IpvsError).reason, /CAP_NET_ADMIN/);
  await kernel.setService(tcp);
  await t.throwsAsync(kernel.removeService(udp), { code: 'EPERM' });
  await kernel.other.addService(udp);
  always.remove();
  await kernel.removeService(udp);
  const unknown = kernel.inject({ code: 'EWHATEVER' });
  await t.throwsAsync(kernel.timeouts(), { instanceOf: TypeError });
  t.is(unknown.used, 1);
});

test('what is missing is told of a refusal that was put in, too', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1');
  kernel.inject({ operation: 'remove-destination', code: 'ENOENT' });
  kernel.inject({ operation: 'set-service', code: 'ESRCH' });
  kernel.inject({ operation: 'get-sysctls', code: 'EACCES' });
  t.deepEqual(
    await endings(
      kernel.removeDestination(tcp, '10.1.0.1'),
      kernel.setService(tcp),
      kernel.snapshot(),
      kernel.snapshot(),
    ),
    ['ENOENT destination', 'ESRCH service', 'EACCES', 'done'],
  );
});

test('an answer is lost, and what was asked for has happened', async (t) => {
  const kernel = new FakeKernel();
  kernel.inject({ operation: 'add-service', lostAnswer: true });
  kernel.inject({ operation: 'remove-service', lostAnswer: true, code: 'ENOBUFS' });
  const error = await t.throwsAsync(kernel.addService(tcp), { code: 'ETIMEDOUT' });
  t.regex(String(error), /read the table before trying again/);
  t.deepEqual(await serviceIds(kernel), ['tcp/192.0.2.1:80']);
  await t.throwsAsync(kernel.removeService(tcp), { code: 'ENOBUFS' });
  t.deepEqual(await serviceIds(kernel), []);
  kernel.inject({ operation: 'remove-service', lostAnswer: true });
  t.deepEqual(await endings(kernel.removeService(tcp)), ['ESRCH service'], 'refused all the same');
});

test('a slow call takes effect when its time has come, and holds up those behind it', async (t) => {
  const kernel = new FakeKernel();
  kernel.inject({ operation: 'add-service', delayMs: 500 });
  const order: string[] = [];
  const slow = kernel.addService(tcp).then(() => order.push('slow'));
  const behind = kernel.addService(udp).then(() => order.push('behind'));
  await kernel.clock.advance(499);
  t.deepEqual(await kernel.other.snapshot(tableOnly), { services: [], consistent: true });
  t.deepEqual(order, []);
  await kernel.clock.advance(1);
  await Promise.all([slow, behind]);
  t.deepEqual(order, ['slow', 'behind']);
});

test('a slow call that is called off rejects at once, and what was sent still happens', async (t) => {
  const kernel = new FakeKernel();
  kernel.inject({ operation: 'add-service', delayMs: 500 });
  const controller = new AbortController();
  const { signal } = controller;
  const sent = kernel.addService(tcp, { signal });
  const waiting = kernel.addService(udp, { signal });
  await kernel.clock.settle();
  const reason = new Error('enough');
  controller.abort(reason);
  await t.throwsAsync(sent, { is: reason });
  await t.throwsAsync(waiting, { is: reason });
  await kernel.clock.advance(500);
  t.deepEqual(await serviceIds(kernel), ['tcp/192.0.2.1:80']);
});

test('another program can be faster', async (t) => {
  const kernel = new FakeKernel();
  kernel.before({ operation: 'add-service', nth: 2 }, () => kernel.other.addService(udp));
  t.deepEqual(await endings(kernel.addService(tcp), kernel.addService(udp)), ['done', 'EEXIST']);
  kernel.before({ target: 'tcp/192.0.2.1:80 -> 10.1.0.1:80' }, async () => {
    await kernel.other.removeService(tcp);
  });
  const add = kernel.addDestination(tcp, { address: '10.1.0.1' });
  t.deepEqual(await endings(add), ['ESRCH service']);
  t.is(kernel.calls.length, 3);
});

test('what another program changes during a snapshot makes it read again', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1');
  await kernel.addService(udp);
  const dumps: string[] = [];
  const meanwhile = { operation: 'snapshot', dump: 'destinations' } as const;
  kernel.before({ ...meanwhile, target: 'tcp/192.0.2.1:80' }, async () => {
    dumps.push('tcp');
    await kernel.other.removeService(udp);
    await kernel.other.addService({ ...udp, port: 54 });
  });
  kernel.before({ ...meanwhile, target: 'udp/192.0.2.1:54' }, () => {
    dumps.push('udp');
  });
  const { services, consistent } = await kernel.snapshot(tableOnly);
  t.true(consistent);
  t.deepEqual(ids(services), ['udp/192.0.2.1:54', 'tcp/192.0.2.1:80'].toSorted(byPort));
  t.deepEqual(dumps, ['tcp', 'udp']);
});

/** As canonical order has it. */
const byPort = (one: string, other: string) =>
  Number(one.split(':')[1]) - Number(other.split(':')[1]);

test('a table that never stands still is told as such, without what was gone in the end', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1');
  let changes = 0;
  for (let nth = 2; nth <= 6; nth += 2) {
    kernel.before({ operation: 'snapshot', dump: 'services', nth }, async () => {
      changes += 1;
      if (changes === 3) await kernel.other.removeService(tcp);
      await kernel.other.addService({ fwmark: changes });
    });
  }
  const { services, consistent } = await kernel.snapshot(tableOnly);
  t.false(consistent);
  t.deepEqual(ids(services), ['fwmark/1/ipv4', 'fwmark/2/ipv4']);
  t.is(changes, 3);
});

test('changed settings count as a change, and counters do not', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1');
  const during = { operation: 'snapshot', dump: 'services', nth: 2 } as const;
  let reads = 0;
  const count = () => {
    for (let nth = 1; nth <= 8; nth += 1) {
      kernel.before({ operation: 'snapshot', dump: 'services', nth }, () => {
        reads += 1;
      });
    }
  };
  count();
  kernel.before(during, () => {
    kernel.connect(tcp, { client: '10.5.0.1' });
  });
  await kernel.snapshot(tableOnly);
  t.is(reads, 2);
  kernel.before(during, () => kernel.other.setService({ ...tcp, scheduler: 'rr' }));
  t.is((await kernel.snapshot(tableOnly)).services[0]?.scheduler, 'rr');
  t.is(reads, 6);
});

test('a torn list of services is noticed when it is torn in one of two readings', async (t) => {
  const kernel = new FakeKernel();
  await Promise.all([kernel.addService(tcp), kernel.addService(udp), kernel.addService(mark)]);
  kernel.inject({ operation: 'snapshot', torn: true });
  t.is((await kernel.snapshot(tableOnly)).services.length, 3);
  kernel.inject({ operation: 'snapshot', torn: true, times: 6 });
  const torn = await kernel.snapshot(tableOnly);
  t.false(torn.consistent);
  t.true(torn.services.length < 3);
  kernel.inject({ operation: 'snapshot', torn: 'fwmark/1/ipv4', times: 2 });
  t.deepEqual(
    { ...(await kernel.snapshot(tableOnly)), services: [] },
    { consistent: true, services: [] },
    'what is missing from both is not noticed',
  );
  t.is((await kernel.snapshot(tableOnly)).services.length, 3);
});

test('a torn list of destinations is not noticed', async (t) => {
  const kernel = new FakeKernel();
  await fill(kernel, tcp, '10.1.0.1', '10.1.0.2');
  const target = 'tcp/192.0.2.1:80';
  kernel.inject({ target, torn: '10.1.0.2:80', times: 2 });
  const { services, consistent } = await kernel.snapshot(tableOnly);
  t.true(consistent);
  t.deepEqual(ids(services[0]?.destinations ?? []), ['10.1.0.1:80']);
  t.deepEqual(ids(await kernel.listDestinations(tcp)), ['10.1.0.1:80']);
  t.is((await kernel.listDestinations(tcp)).length, 2);
});
