import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { makeNamespace } from './_namespace.js';

const churn = fileURLToPath(new URL('children/_churn-lists.js', import.meta.url));
const steady = 'tcp/192.0.2.1:80';
const numbers = Array.from({ length: 400 }, (_, index) => index + 1);

test('while another process adds and removes, the socket options list what stays, all of it and once', async (t) => {
  const { ipvs, name } = await makeNamespace(t, { transport: 'sockopt' });
  await ipvs.addService({ protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'rr' });
  await Promise.all(
    numbers.flatMap((number) => [
      ipvs.addService({ fwmark: number, scheduler: 'rr' }),
      ipvs.addDestination(steady, { address: '198.51.100.1', port: number }),
    ]),
  );
  const services = [steady, ...numbers.map((number) => `fwmark/${number}/ipv4`)];
  const destinations = numbers.map((number) => `198.51.100.1:${number}`);

  const other = spawn(process.execPath, [churn, name, steady], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => other.kill('SIGKILL'));
  await once(other.stdout, 'data');

  const wrong: string[] = [];
  const inspect = (rows: readonly { readonly id: string }[], stays: readonly string[]) => {
    const ids = new Set(rows.map(({ id }) => String(id)));
    if (ids.size !== rows.length) wrong.push(`${rows.length - ids.size} twice`);
    const missing = stays.filter((id) => !ids.has(id));
    if (missing.length > 0) wrong.push(`missing: ${missing.join()}`);
    return rows.length;
  };
  const lengths = [new Set<number>(), new Set<number>()] as const;
  const end = Date.now() + 60_000;
  // Until the other process has been seen at work as well.
  for (let round = 0; round < 30 || lengths.some(({ size }) => size < 3); round += 1) {
    if (Date.now() > end) break;
    const lists = await Promise.all(
      Array.from({ length: 20 }, () =>
        Promise.all([ipvs.listServices(), ipvs.listDestinations(steady)]),
      ),
    );
    for (const [listed, behind] of lists) {
      lengths[0].add(inspect(listed, services));
      lengths[1].add(inspect(behind, destinations));
    }
  }
  t.deepEqual(wrong, []);
  t.true(
    lengths.every(({ size }) => size >= 3),
    lengths.map(({ size }) => size).join(),
  );
});
