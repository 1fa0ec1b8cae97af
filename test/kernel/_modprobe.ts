import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';
import { eventually } from './_eventually.js';

export const run = promisify(execFile);

const setting = '/proc/sys/kernel/modprobe';

/** Has the kernel run a script in place of modprobe until the test ends; returns what restores it before that. */
export function replaceModprobe(t: ExecutionContext, script: string): () => void {
  const before = readFileSync(setting, 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'modprobe-'));
  const file = join(folder, 'modprobe');
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  writeFileSync(setting, file);
  const restore = () => writeFileSync(setting, before);
  t.teardown(() => {
    restore();
    rmSync(folder, { recursive: true });
  });
  return restore;
}

/** The modprobe that the lab set up for the kernel, which knows where the modules are. */
export function labModprobe(): string {
  return readFileSync(setting, 'utf8').trim();
}

/** What loads modules while no test has put something in its place. */
const loader = labModprobe();

/** Unloads IPVS with everything that belongs to it, until the test ends: other files count on what the lab has loaded. */
export async function unloadIpvs(t: Pick<ExecutionContext, 'teardown'>): Promise<void> {
  const before = loadedModules();
  t.teardown(async () => {
    for (const name of before) await run(loader, [name]);
  });
  const rest = await eventually(
    async () => {
      // What others build on goes last, and what answers somebody just now is in use.
      for (let round = 0; round < 10 && loadedModules().length > 0; round += 1) {
        for (const name of loadedModules()) await run('rmmod', [name]).catch(() => {});
      }
      return loadedModules();
    },
    (left) => left.length === 0,
  );
  if (rest.length > 0) throw new Error(`still loaded: ${rest.join(', ')}`);
}

/** The modules of IPVS that are loaded. */
function loadedModules(): string[] {
  return readFileSync('/proc/modules', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name.startsWith('ip_vs'));
}
