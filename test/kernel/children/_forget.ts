// Opens handles and forgets them without closing, and reports what is left when they have been collected.
import { Ipvs } from 'ipvs';
import { count, report, settle } from './_counts.js';

async function forget(): Promise<void> {
  const ipvs = await Ipvs.open();
  await ipvs.listServices();
}

const closed = await Ipvs.open();
await closed.close();
const before = count();
for (let round = 0; round < 20; round += 1) await Promise.all([forget(), forget(), forget()]);
report(before, await settle(before));
