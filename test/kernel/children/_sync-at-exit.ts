// Works in a namespace while it leaves: in a handler of 'exit', where the event loop turns no more and the thread of the
// handle may be at work. Prints what the handler saw.
import { writeSync } from 'node:fs';
import { Ipvs, type Transport } from 'ipvs';

const [netns, transport, way] = process.argv.slice(2) as [string, Transport, string];
const service = { protocol: 'tcp', address: '10.71.0.1', port: 80, scheduler: 'rr' } as const;

const ipvs = await Ipvs.open({ netns, transport, timeout: 60_000 });
const { sync } = ipvs;
sync.addService(service);
sync.addDestination(service, { address: '10.71.1.1' });

process.on('exit', () => {
  sync.updateDestination(service, '10.71.1.1:80', { weight: 0 });
  sync.addDestination(service, { address: '10.71.1.2' });
  const seen = sync.listDestinations(service).map(({ id, weight }) => `${id} ${weight}`);
  sync.removeDestination(service, '10.71.1.1:80');
  writeSync(1, JSON.stringify(seen));
});

switch (way) {
  case 'busy': {
    const calls = Array.from({ length: 2000 }, (_, index) =>
      ipvs.addService({ fwmark: index + 1, scheduler: 'rr' }),
    );
    for (const call of calls) call.catch(() => {});
    setImmediate(() => process.exit());
    break;
  }
  case 'exit':
    process.exit();
    break;
  case 'throw':
    throw new Error('thrown on purpose');
  case 'end':
    break;
  default:
    throw new Error(`no such way: ${way}`);
}
