// Prints what the doctor finds in the network namespace it runs in.
import { examine } from '../_doctor.js';

process.stdout.write(JSON.stringify(await examine()));
