// Opens IPVS and prints what can be done with it.
import { Ipvs } from 'ipvs';

const ipvs = await Ipvs.open();
const schedulers = await ipvs.schedulers().catch((error: unknown) => String(error));
process.stdout.write(JSON.stringify({ ...ipvs.capabilities, schedulers }));
await ipvs.close();
