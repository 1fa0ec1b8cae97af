// Adds and removes services, and destinations of one service, in the namespace of its argument until it is ended.
import { Ipvs } from 'ipvs';

const [netns, steady] = process.argv.slice(2) as [string, string];
const ipvs = await Ipvs.open({ netns, timeout: 60_000 });
const service = (index: number) =>
  ({ protocol: 'udp', address: `10.71.${index >> 8}.${index & 255}`, port: 1 }) as const;
const destination = (index: number) => ({ address: `10.72.${index >> 8}.${index & 255}`, port: 1 });

for (let round = 0; ; round = (round + 1) % 1000) {
  const indexes = Array.from({ length: 1 + (round % 90) }, (_, index) => index);
  await Promise.all(
    indexes.flatMap((index) => [
      ipvs.addService(service(index)),
      ipvs.addDestination(steady, destination(index)),
    ]),
  );
  if (round === 0) process.stdout.write('churning\n');
  await Promise.all(
    indexes.flatMap((index) => [
      ipvs.removeService(service(index)),
      ipvs.removeDestination(steady, destination(index)),
    ]),
  );
}
