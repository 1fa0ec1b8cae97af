// Writes man/ipvs.8, the manual page of the command, from its verbs. With --print it is printed instead.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processContext } from '#lib/cli/context.js';
import { formatManual } from '#lib/cli/manual.js';
import { makeProgram } from '#lib/cli/program.js';
import { version } from '#lib/cli/version.js';
import { root } from './prepare.js';

const text = formatManual(await makeProgram(processContext(), () => true), version());
if (process.argv.includes('--print')) process.stdout.write(text);
else {
  mkdirSync(join(root, 'man'), { recursive: true });
  writeFileSync(join(root, 'man', 'ipvs.8'), text);
}
