// Opens, uses and closes a handle in each of the namespaces named, and reports what is left.
import { readlinkSync } from 'node:fs';
import { Ipvs } from 'ipvs';
import { count, report, settle } from './_counts.js';

const [prefix, number] = process.argv.slice(2);
const names = Array.from({ length: Number(number) }, (_, index) => `${prefix}${index}`);
const service = { protocol: 'tcp', address: '10.69.0.1', port: 1, scheduler: 'rr' } as const;
const home = readlinkSync('/proc/thread-self/ns/net');

async function use(netns: string, index: number): Promise<void> {
  await using ipvs = await Ipvs.open({ netns });
  await ipvs.addService({ ...service, port: index + 1 });
  const listed = (await ipvs.listServices()).map(({ id }) => String(id));
  if (listed.join() !== `tcp/10.69.0.1:${index + 1}`) throw new Error(`${netns}: ${listed}`);
  if (readlinkSync('/proc/thread-self/ns/net') !== home) throw new Error('moved');
}

// The first use loads what stays loaded.
await use(names[0] as string, 0);
const before = count();
for (let start = 1; start < names.length; start += 20) {
  const some = names.slice(start, start + 20);
  await Promise.all(some.map((name, index) => use(name, start + index)));
}
report(before, await settle(before));
