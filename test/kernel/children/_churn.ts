// Adds and removes services, and destinations of every twentieth one that is there, in a namespace, until it is killed.
import { Ipvs } from 'ipvs';

const ipvs = await Ipvs.open({ netns: process.argv[2] as string });
const own = Array.from({ length: 100 }, (_, index) => ({
  protocol: 'udp' as const,
  address: `10.99.0.${index + 1}`,
  port: 53,
}));
const others = (await ipvs.listServices()).filter((_, index) => index % 20 === 0);
const passing = Array.from({ length: 20 }, (_, index) => `10.98.0.${index + 1}:80`);
process.stdout.write('ready\n');
for (;;) {
  await Promise.all(own.map((service) => ipvs.addService(service)));
  await Promise.all(
    others.flatMap(({ id }) =>
      passing.map((destination) =>
        ipvs.addDestination(id, { address: destination.split(':')[0] ?? '', port: 80 }),
      ),
    ),
  );
  await Promise.all(own.map((service) => ipvs.removeService(service)));
  await Promise.all(
    others.flatMap(({ id }) =>
      passing.map((destination) => ipvs.removeDestination(id, destination)),
    ),
  );
}
