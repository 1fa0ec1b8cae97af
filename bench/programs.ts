// What is measured against: the limit, a C program, and ipvsadm, as Node services run it.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const roomForOutput = 1 << 30;

const limitProgram = fileURLToPath(new URL('../limit', import.meta.url));

interface LimitResult {
  readonly milliseconds: number;
  readonly calls: number;
  readonly objects: number;
  /** What the objects take up in memory. */
  readonly bytes: number;
  /** The most that the program ever had in memory, in bytes. */
  readonly peak: number;
}

/** The words that run a program in a network namespace. */
function inside(namespace: string | undefined, words: readonly string[]): readonly string[] {
  return namespace === undefined ? words : ['ip', 'netns', 'exec', namespace, ...words];
}

/** Has the C program do something. It measures itself, so that its start does not count. */
export async function limit(
  words: readonly (string | number)[],
  namespace?: string,
): Promise<LimitResult> {
  const [program = '', ...rest] = inside(namespace, [limitProgram, ...words.map(String)]);
  const { stdout } = await execute(program, rest);
  return JSON.parse(stdout) as LimitResult;
}

/** Runs ipvsadm and gives what it printed. */
export async function ipvsadm(words: readonly string[], namespace?: string): Promise<string> {
  const [program = '', ...rest] = inside(namespace, ['ipvsadm', ...words]);
  const { stdout } = await execute(program, rest, { maxBuffer: roomForOutput });
  return stdout;
}

/** Has `ipvsadm -R` read rules. */
export async function restoreRules(rules: string, namespace?: string): Promise<void> {
  const [program = '', ...rest] = inside(namespace, ['ipvsadm', '-R']);
  const child = spawn(program, rest, { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end(rules);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [complaint, status] = await Promise.all([text(child.stderr), ended]);
  if (status !== 0 || complaint !== '') throw new Error(`ipvsadm -R: ${status} ${complaint}`);
}

export interface ListedDestination {
  readonly address: string;
  readonly forward: string;
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
}

export interface ListedService {
  readonly protocol: string;
  readonly address: string;
  readonly scheduler: string;
  readonly destinations: ListedDestination[];
}

/** What programs make of the output of `ipvsadm -Ln`. */
export function parseListing(output: string): ListedService[] {
  const services: ListedService[] = [];
  for (const line of output.split('\n').slice(3)) {
    const [first = '', second = '', third = '', ...rest] = line.trim().split(/\s+/);
    if (first === '->') {
      const [weight, active, inactive] = rest.map(Number);
      services.at(-1)?.destinations.push({
        address: second,
        forward: third,
        weight: weight as number,
        active: active as number,
        inactive: inactive as number,
      });
    } else if (first !== '') {
      services.push({ protocol: first, address: second, scheduler: third, destinations: [] });
    }
  }
  return services;
}

/** What programs make of a line of `ipvsadm -Lnc`. */
export function parseConnections(output: string): Record<string, string | undefined>[] {
  const connections: Record<string, string | undefined>[] = [];
  for (const line of output.split('\n').slice(2)) {
    const [protocol, expires, state, source, virtual, destination] = line.split(/\s+/);
    if (destination === undefined) continue;
    connections.push({ protocol, expires, state, source, virtual, destination });
  }
  return connections;
}

let made = 0;

/** Makes a network namespace: a kernel remembers for two minutes what was removed from an old one. */
export function addNamespace(): string {
  made += 1;
  const name = `bench-${process.pid}-${made}`;
  execFileSync('ip', ['netns', 'add', name]);
  // Without an address of its own a namespace takes no destinations.
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  return name;
}

export function removeNamespace(name: string): void {
  execFileSync('ip', ['netns', 'delete', name]);
}

/** What makes a network namespace, and takes it away. */
export interface Namespaces {
  addNamespace(): string | Promise<string>;
  removeNamespace(name: string): void | Promise<void>;
}

/** Gives work a network namespace of its own. */
export async function withNamespace<Result>(
  work: (name: string) => Promise<Result>,
  namespaces: Namespaces = { addNamespace, removeNamespace },
): Promise<Result> {
  const name = await namespaces.addNamespace();
  try {
    return await work(name);
  } finally {
    await namespaces.removeNamespace(name);
  }
}
