// Opens handles, works synchronously with them, and closes them or forgets them; reports what is left.
import { Ipvs } from 'ipvs';
import { count, report, settle } from './_counts.js';

const [netns = ''] = process.argv.slice(2);

async function use(options: { readonly netns?: string }): Promise<Ipvs> {
  const ipvs = await Ipvs.open(options);
  ipvs.sync.info();
  ipvs.sync.listServices();
  return ipvs;
}

// The first uses load what stays loaded.
await (await use({ netns })).close();
const before = count();
for (let index = 0; index < 200; index += 1) {
  const ipvs = await use(index % 2 === 0 ? { netns } : {});
  // What is collected is closed as well.
  if (index % 10 !== 0) await ipvs.close();
}
report(before, await settle(before));
