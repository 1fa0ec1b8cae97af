// Opens IPVS, makes a service and removes it; prints how that went.
import { Ipvs } from 'ipvs';

try {
  const netns = process.argv[2];
  const ipvs = await Ipvs.open(netns === undefined ? {} : { netns });
  const service = { protocol: 'tcp', address: '10.68.0.1', port: 1 } as const;
  await ipvs.addService(service);
  await ipvs.removeService(service);
  await ipvs.close();
  process.stdout.write('done');
} catch (error) {
  process.stdout.write(String(error));
}
