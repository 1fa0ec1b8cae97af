import type { Namespace } from './_namespace.js';

/** Prints every file of the folder behind its name. */
const list = `cd /proc/sys/net/ipv4/vs && for name in *; do echo "$name=$(cat "$name")"; done`;

/** Writes each of its pairs of arguments, and prints those that the kernel takes. */
const write = `cd /proc/sys/net/ipv4/vs && while [ $# -gt 0 ]; do
  if echo "$2" > "$1"; then echo "$1=$2"; fi; shift 2
done 2>/dev/null`;

/** The sysctls of a namespace as the kernel prints them, read without the library. */
export async function readSettings({ run }: Namespace): Promise<Record<string, string>> {
  const lines = (await run('sh', '-c', list)).trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => line.replaceAll('\t', ' ').split('=')));
}

/** Writes sysctls without the library; answers those that the kernel takes, as `name=value`. */
export async function writeSettings(
  { run }: Namespace,
  settings: readonly (readonly [name: string, value: string])[],
): Promise<string[]> {
  const taken = await run('sh', '-c', write, 'sh', ...settings.flat());
  return taken.split('\n').filter((line) => line !== '');
}
