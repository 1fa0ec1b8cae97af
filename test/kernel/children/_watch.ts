// Takes one difference and leaves the loop, with the handle still open.
import { Ipvs } from 'ipvs';

const ipvs = await Ipvs.open({ netns: process.argv[2] as string });
for await (const { services } of ipvs.watchStats(1000)) {
  process.stdout.write(services.length === 0 ? 'one difference' : 'services');
  break;
}
