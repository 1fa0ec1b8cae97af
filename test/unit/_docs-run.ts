// Runs examples of the documentation one after the other, in the folder they are in, and says what each printed.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import type { Step } from './_docs-page.js';

const steps: Step[] = JSON.parse(await text(process.stdin));
const outputs: string[] = [];
for (const step of steps) {
  const lines: string[] = [];
  console.log = (...words) => lines.push(format(...words).replaceAll(/ +$/gm, ''));
  if (step.kind === 'file') await writeFile(step.name, step.text);
  else await import(pathToFileURL(resolve(step.name)).href);
  outputs.push(lines.join('\n'));
}
process.stdout.write(JSON.stringify(outputs));
process.exit();
