// Does what a page of the documentation does, in the folder and the network namespace it is in, and says what each step
// printed. It is told by its input.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { commandFile } from '../_cli.js';
import type { Scene, Step } from '../_guide.js';

const scene: Scene = JSON.parse(await text(process.stdin));

/** What is not done here: these need what the lab does not have. */
const elsewhere = /^(?:npm|systemctl|arping) /;

/** What a shell would do more with than split into words. */
const needsShell = /[|<>;&$()"'*=]|^(?!ipvs )/;

/** @returns what the lines print, errors too */
async function runShell(lines: string): Promise<string> {
  let output = '';
  for (const line of lines.replaceAll('\\\n', '').trimEnd().split('\n')) {
    const words = line.replace(/(?:^|\s+)# .*$/, '');
    if (words === '' || elsewhere.test(words)) continue;
    if (needsShell.test(words)) output += inShell(words);
    else {
      // What takes its time to load, and only some pages need.
      const { command } = await import('../../unit/_cli.js');
      const { stdout, stderr } = await command({ real: { timeout: 60_000 } }, splitWords(words));
      output += stdout + stderr;
    }
  }
  return output;
}

/** The words behind the command's name. */
function splitWords(line: string): string[] {
  return line.split(/\s+/).slice(1);
}

function inShell(line: string): string {
  const path = [resolve('bin'), dirname(process.execPath), process.env['PATH']].join(':');
  const env = { ...process.env, NO_COLOR: '1', PATH: path };
  try {
    return execFileSync('sh', ['-c', `exec 2>&1; ${line}`], { encoding: 'utf8', env });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

async function runModule(name: string): Promise<string> {
  const lines: string[] = [];
  console.log = (...words) => lines.push(format(...words));
  try {
    await import(pathToFileURL(resolve(name)).href);
  } catch (error) {
    lines.push(String(error));
  }
  return lines.join('\n');
}

async function runStep(step: Step): Promise<string> {
  if (step.kind === 'shell') return runShell(step.text);
  if (step.kind === 'module') return runModule(step.name);
  writeFileSync(step.name, step.text);
  return '';
}

/** Starts a server that answers with its name. */
async function serve(server: string): Promise<void> {
  const [, address = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(server) ?? [];
  const answers = createServer((_, response) => {
    // Each request is a connection of its own, and scheduled.
    response.setHeader('connection', 'close');
    response.end(`from ${server}`);
  });
  await once(answers.listen(Number(port), address), 'listening');
}

const hosts = scene.servers.map((server) => server.replace(/:\d+$/, ''));
for (const address of new Set([...scene.addresses, ...hosts]))
  execFileSync('ip', ['address', 'add', address, 'dev', 'lo']);
for (const server of scene.servers) await serve(server);

mkdirSync('bin');
writeFileSync(
  join('bin', 'ipvs'),
  `#!/bin/sh\nexec '${process.execPath}' '${commandFile}' "$@"\n`,
  { mode: 0o755 },
);

const outputs: string[] = [];
for (const step of scene.steps) {
  const output = await runStep(step);
  outputs.push(output.replaceAll(/ +$/gm, '').trimEnd());
}
process.stdout.write(JSON.stringify(outputs), () => process.exit());
