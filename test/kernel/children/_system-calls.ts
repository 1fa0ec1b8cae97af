// Does a few things, each between two marks that strace sees, and prints what the addon counted of each.
import { accessSync } from 'node:fs';
import { Ipvs } from 'ipvs';
import { countSystemCalls, systemCalls } from '../../../bench/system-calls.js';

const services = 20;
const destinations = 10;
const ids = Array.from({ length: services }, (_, index) => `tcp/192.0.2.${index + 1}:80`);
const addresses = Array.from({ length: destinations }, (_, index) => `10.1.0.${index + 1}`);

countSystemCalls();
await using ipvs = await Ipvs.open();
const counted: Record<string, number> = {};

await count('in one turn', async () => {
  const calls = ids.flatMap((id, index) => [
    ipvs.addService({ protocol: 'tcp', address: `192.0.2.${index + 1}`, port: 80 }),
    ...addresses.map((address) => ipvs.addDestination(id, { address })),
  ]);
  await Promise.all(calls);
});
await count('one after the other', async () => {
  for (const id of ids) await ipvs.setDestination(id, { address: '10.1.0.1', weight: 7 });
});
await count('statistics', async () => {
  for (const id of ids) await ipvs.getService(id);
});
await count('snapshot', () => ipvs.snapshot({ settings: false, addresses: false }));
const many = Array.from({ length: 300 }, (_, index) => index + 1);
await Promise.all(many.map((fwmark) => ipvs.addService({ fwmark })));
await count('several blocks', () => ipvs.listServices());
process.stdout.write(JSON.stringify(counted));

async function count(name: string, work: () => Promise<unknown>): Promise<void> {
  mark(`begin ${name}`);
  const before = systemCalls();
  await work();
  counted[name] = systemCalls() - before;
  mark(`end ${name}`);
}

function mark(text: string): void {
  try {
    accessSync(`/mark/${text}`);
  } catch {
    // There is no such file.
  }
}
