import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { ExecutionContext } from 'ava';

export const root = process.cwd();
const program = join(root, 'scripts/lab');

export interface Result {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Run {
  /** What is run with Node instead of `scripts/lab`, and words before the arguments. */
  readonly program?: readonly string[];
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** A command in front, such as one that changes the user. */
  readonly prefix?: readonly string[];
  readonly whileRunning?: (running: Running) => unknown;
}

export interface Running {
  readonly pid: number;
  readonly stdout: Readable;
  kill(signal: NodeJS.Signals): void;
}

/** Guests compete for processors: more at a time are slower each and together. */
const queue = Array.from({ length: availableParallelism() }, () => Promise.resolve());

/** Runs `scripts/lab` when it is its turn. */
export async function lab(t: ExecutionContext, run: Run): Promise<Result> {
  t.timeout(240_000);
  let release = () => {};
  const turn = queue.shift() ?? Promise.resolve();
  queue.push(
    new Promise((resolve) => {
      release = resolve;
    }),
  );
  await turn;
  try {
    return await runNow(run);
  } finally {
    release();
  }
}

async function runNow(run: Run): Promise<Result> {
  const [file = '', ...words] = [
    ...(run.prefix ?? []),
    process.execPath,
    ...(run.program ?? [program]),
    ...run.arguments,
  ];
  const child = spawn(file, words, {
    cwd: run.directory ?? root,
    env: { ...withoutLabVariables(), ...run.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
  const closed = new Promise<Pick<Result, 'status' | 'signal'>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal }));
  });
  await run.whileRunning?.({
    pid: child.pid ?? 0,
    stdout: child.stdout,
    kill: (signal) => child.kill(signal),
  });
  const end = await closed;
  return {
    ...end,
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr).toString(),
  };
}

function withoutLabVariables(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('IPVS_LAB'));
  return Object.fromEntries(others);
}

/** A TMPDIR of one's own, in which nothing should be left. */
export function makeTemporary(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'lab-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Files and processes that still bear the name of the directory. */
export function leftovers(directory: string): string[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandLine)
    .filter((line) => line.includes(directory));
  return [...readdirSync(directory), ...processes];
}

function commandLine(process: string): string {
  try {
    return readFileSync(`/proc/${process}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Waits until there is nothing left, and answers what is after ten seconds. */
export async function leftoversAtLast(directory: string): Promise<string[]> {
  for (let tries = 0; tries < 100 && leftovers(directory).length > 0; tries++) await delay(100);
  return leftovers(directory);
}

/** A module of the lab or of the scripts, by its path in the project. */
export function load(path: string) {
  return import(pathToFileURL(join(root, path)).href);
}
