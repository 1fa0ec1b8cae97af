// Works synchronously in worker threads, some of which are ended in the middle of it; reports what they saw and what is left.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Ipvs } from 'ipvs';
import { count, settle } from './_counts.js';

const service = { protocol: 'tcp', address: '10.72.0.1', port: 80, scheduler: 'rr' } as const;

async function work(): Promise<void> {
  const { netns, endless } = workerData as { readonly netns: string; readonly endless: boolean };
  const { sync } = await Ipvs.open({ netns, timeout: 60_000 });
  if (!endless) {
    sync.addService(service);
    const seen = sync.listServices().map(({ id }) => id);
    sync.removeService(service);
    parentPort?.postMessage(seen);
    return;
  }
  parentPort?.postMessage('open');
  for (;;) sync.listServices();
}

async function start(netns: string, endless: boolean): Promise<[Worker, unknown]> {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { netns, endless } });
  const message = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return [worker, message];
}

if (isMainThread) {
  const [netns = ''] = process.argv.slice(2);
  // The first uses load what stays loaded.
  const [first, seen] = await start(netns, false);
  await first.terminate();
  const before = count();
  for (let round = 0; round < 12; round += 1) {
    const [worker] = await start(netns, true);
    await sleep(round % 5);
    await worker.terminate();
  }
  process.stdout.write(JSON.stringify({ seen, before, after: await settle(before) }));
} else {
  await work();
}
