import test from 'ava';
import { command } from '../unit/_cli.js';
import { runCommand } from './_cli.js';
import { makeNamespace } from './_namespace.js';

const service = 'tcp/192.0.2.1:80';

test('services are shown with their destinations, in canonical order', async (t) => {
  const { name, ipvs } = await makeNamespace(t);
  await ipvs.addService({
    fwmark: 7,
    scheduler: 'sh',
    schedulerFlags: ['sh-port'],
    persistence: { timeout: 60 },
  });
  await ipvs.addService({ protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wrr' });
  await ipvs.addDestination(service, { address: '198.51.100.2', weight: 1 });
  await ipvs.addDestination(service, { address: '198.51.100.1', port: 8080, weight: 3 });
  const { status, stdout, stderr } = await runCommand(['list', '--netns', name]);
  t.is(stderr, '');
  t.is(status, 0);
  t.snapshot(stdout);
});

test('a list for programs has what the library lists', async (t) => {
  const { name, ipvs } = await makeNamespace(t);
  await ipvs.addService({ protocol: 'tcp', address: '192.0.2.1', port: 80 });
  await ipvs.addDestination(service, { address: '198.51.100.1' });
  const { status, stdout } = await command({ real: {} }, ['list', '--json', '--netns', name]);
  t.is(status, 0);
  const { services } = await ipvs.snapshot();
  const plain = JSON.parse(
    JSON.stringify(services, (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
  );
  t.deepEqual(JSON.parse(stdout), plain);
});

test('a service that is not there is an error', async (t) => {
  const { name } = await makeNamespace(t);
  const { status, stdout, stderr } = await command({ real: {} }, [
    'list',
    service,
    '--netns',
    name,
  ]);
  t.is(status, 1);
  t.is(stdout, '');
  t.is(stderr, `ipvs: there is no service ${service}\n`);
});
