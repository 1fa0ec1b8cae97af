// Ends worker threads in the middle of their calls, and reports what is left.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Ipvs } from 'ipvs';
import { count, report, settle } from './_counts.js';

async function work(): Promise<never> {
  const ipvs = await Ipvs.open();
  parentPort?.postMessage('open');
  for (let index = 0; ; index = (index + 1) % 60_000) {
    const service = {
      protocol: 'udp',
      address: `10.67.${index >> 8}.${index & 255}`,
      port: 1,
    } as const;
    await Promise.allSettled([
      ipvs.addService(service),
      ipvs.listServices(),
      ipvs.updateService(service, { scheduler: 'rr' }),
      ipvs.removeService(service),
    ]);
  }
}

async function terminateOne(delay: number): Promise<void> {
  const worker = new Worker(fileURLToPath(import.meta.url));
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await sleep(delay);
  await worker.terminate();
}

async function tidy(): Promise<void> {
  const ipvs = await Ipvs.open();
  await ipvs.flush();
  await ipvs.close();
}

if (isMainThread) {
  // The first uses load what stays loaded.
  await terminateOne(0);
  await tidy();
  const before = count();
  for (let round = 0; round < 12; round += 1) {
    await Promise.all([terminateOne(round % 7), terminateOne(round % 3)]);
  }
  await tidy();
  report(before, await settle(before));
} else {
  await work();
}
