// Leaves the process in the way its argument says, with calls under way.
import { Ipvs } from 'ipvs';

const [way] = process.argv.slice(2);
const ipvs = await Ipvs.open();
const calls = Array.from({ length: 500 }, (_, index) =>
  ipvs.addService({ protocol: 'udp', address: `10.66.${index >> 8}.${index & 255}`, port: 1 }),
);
for (const call of [...calls, ipvs.listServices(), ipvs.flush()]) call.catch(() => {});

switch (way) {
  case 'exit':
    process.exit(7);
    break;
  case 'exit-later':
    setImmediate(() => process.exit(7));
    break;
  case 'throw':
    throw new Error('thrown on purpose');
  case 'kill':
    process.kill(process.pid, 'SIGTERM');
    break;
  case 'unclosed':
    // Nothing: the calls end, and an idle handle does not keep the process alive.
    process.exitCode = 7;
    break;
  case 'close':
    process.exitCode = 7;
    await ipvs.close();
    break;
  default:
    throw new Error(`no such way: ${way}`);
}
