import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import type { RequestEvent } from 'ipvs';
import { makeNamespace } from './_namespace.js';

test('each request appears on the diagnostics channel when it has ended', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const events: RequestEvent[] = [];
  const listener = (event: unknown) => events.push(event as RequestEvent);
  subscribe('ipvs:request', listener);
  const service = { protocol: 'tcp', address: '192.0.2.1', port: 80 } as const;
  await ipvs.addService(service);
  await ipvs.addService(service).catch(() => {});
  await ipvs.removeDestination(service, '10.0.0.1:80').catch(() => {});
  await ipvs.listServices();
  await ipvs.listDestinations('tcp/192.0.2.9:80').catch(() => {});
  await ipvs.setSysctl('sync_retries', 1);
  unsubscribe('ipvs:request', listener);
  await ipvs.listServices();
  t.deepEqual(
    events.map(({ operation, target, code }) => [operation, target, code]),
    [
      ['add-service', 'tcp/192.0.2.1:80', undefined],
      ['add-service', 'tcp/192.0.2.1:80', 'EEXIST'],
      ['remove-destination', 'tcp/192.0.2.1:80 -> 10.0.0.1:80', 'ENOENT'],
      ['list-services', undefined, undefined],
      ['list-destinations', 'tcp/192.0.2.9:80', 'ESRCH'],
      ['set-sysctl', 'sync_retries', undefined],
    ],
  );
  t.true(events.every(({ durationMs }) => durationMs > 0));
});

test('nothing is printed, unless NODE_DEBUG asks for it', async (t) => {
  const file = fileURLToPath(new URL('children/_open.js', import.meta.url));
  const run = promisify(execFile);
  const quiet = await run(process.execPath, [file]);
  t.deepEqual([quiet.stdout, quiet.stderr], ['done', '']);
  const { stdout, stderr } = await run(process.execPath, [file], {
    env: { ...process.env, NODE_DEBUG: 'ipvs' },
  });
  t.is(stdout, 'done');
  t.regex(stderr, /^IPVS \d+: open \*: done \([\d.]+ ms\)$/m);
  t.regex(stderr, /^IPVS \d+: add-service tcp\/10\.68\.0\.1:1: done \([\d.]+ ms\)$/m);
});
