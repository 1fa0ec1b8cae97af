// Binds an address to a dummy over the addon alone, without having opened IPVS, which netlink would refuse here.
import { Devices } from '#lib/kernel/devices.js';
import { checkOpenOptions } from '#lib/kernel/options.js';
import { Session } from '#lib/kernel/session.js';

const session = new Session(checkOpenOptions({}));
const devices = new Devices(session);
const outcomes = await Promise.allSettled([
  devices.ensureDummy('ipvs0', undefined),
  devices.bindAddress('ipvs0', '10.9.0.1', undefined),
  devices.bindAddress('ipvs0', 'fd09::1', undefined),
  devices.listAddresses('ipvs0', undefined),
  devices.removeDummy('ipvs0', undefined),
  devices.listAddresses(undefined, undefined),
]);
await session.queue.close();
process.stdout.write(
  JSON.stringify(
    outcomes.map((each) => (each.status === 'fulfilled' ? (each.value ?? 'done') : each.reason)),
  ),
);
