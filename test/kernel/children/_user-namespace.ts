// Works on IPVS over the transport that its argument names, and prints what became of it.
import { Ipvs, IpvsError, type Transport } from 'ipvs';

const transport = process.argv[2] as Transport | 'auto';
const service = { protocol: 'tcp', address: '10.69.0.1', port: 80, scheduler: 'rr' } as const;
const seen: unknown[] = [];

async function look(ipvs: Ipvs): Promise<void> {
  const services = await ipvs.listServices();
  for (const { id, scheduler } of services) {
    const destinations = await ipvs.listDestinations(id);
    seen.push([id, scheduler, ...destinations.map((each) => `${each.id} ${each.weight}`)]);
  }
  if (services.length === 0) seen.push('nothing');
}

try {
  const ipvs = await Ipvs.open({ transport, timeout: 60_000 });
  seen.push(ipvs.transport, (await ipvs.info()).version);
  await look(ipvs);
  await Promise.all([
    ipvs.addService(service),
    ipvs.addDestination(service, { address: '10.69.1.1', port: 8080, weight: 3 }),
    ipvs.addDestination(service, { address: '10.69.1.2', port: 8080 }),
  ]);
  await look(ipvs);
  await Promise.all([
    ipvs.updateService(service, { scheduler: 'wrr' }),
    ipvs.updateDestination(service, '10.69.1.1:8080', { weight: 0 }),
    ipvs.removeDestination(service, '10.69.1.2:8080'),
  ]);
  await look(ipvs);
  await ipvs.setTimeouts({ udp: 44 });
  seen.push(await ipvs.timeouts());
  await ipvs.removeService(service);
  await look(ipvs);
  await ipvs.close();
} catch (error) {
  if (!(error instanceof IpvsError)) throw error;
  seen.push(`${error.operation} ${error.code}: ${error.reason}`);
}
process.stdout.write(JSON.stringify(seen));
