// Opens and closes handles, some with calls in flight, and reports what is left.
import { Ipvs } from 'ipvs';
import { count, report, settle } from './_counts.js';

async function cycle(index: number): Promise<void> {
  const ipvs = await Ipvs.open();
  const calls = [ipvs.info(), ipvs.listServices(), ipvs.timeouts()];
  const ended = Promise.allSettled(calls);
  if (index % 2 === 0) await ended;
  await ipvs.close();
  await ended;
}

// The first uses load what stays loaded.
await cycle(0);
const before = count();
for (let index = 0; index < 200; index += 1) await cycle(index);
await Promise.all(Array.from({ length: 50 }, (_, index) => cycle(index)));
report(before, await settle(before));
