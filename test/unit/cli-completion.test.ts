import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { verbs } from '#lib/cli/verbs.js';
import { command } from './_cli.js';

const run = promisify(execFile);
let folder: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ipvs-completion-'));
  // What the scripts ask for services and destinations.
  const program = `#!/bin/sh
if [ "$*" = 'list --ids' ]; then echo tcp/10.0.0.1:80; echo fwmark/7/ipv4; fi
if [ "$*" = 'list --ids tcp/10.0.0.1:80' ]; then echo 10.1.0.5:8080; fi
`;
  await writeFile(join(folder, 'ipvs'), program);
  await chmod(join(folder, 'ipvs'), 0o755);
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { status, stdout } = await command('none', ['completion', shell]);
    if (status !== 0) throw new Error(`no script for ${shell}`);
    await writeFile(join(folder, shell), stdout);
  }
});

test.after.always(() => rm(folder, { recursive: true, force: true }));

const quote = (word: string) => `'${word}'`;

/** How each shell says what it would complete the last word to. */
const shells: Readonly<Record<string, (words: readonly string[]) => readonly string[]>> = {
  bash: (words) => [
    '-c',
    `source ${folder}/bash; COMP_WORDS=(${words.map(quote).join(' ')}); COMP_CWORD=${words.length - 1}; _ipvs; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  zsh: (words) => [
    '-fc',
    `compdef() { :; }; compadd() { shift; print -l -- \${(P)1}; }
     _describe() { local each; for each in \${(P)2}; do print -r -- "\${\${each%%:*}//\\\\/}"; done; }; _files() { :; }
     source ${folder}/zsh; words=(${words.map(quote).join(' ')}); CURRENT=${words.length}; _ipvs`,
  ],
  fish: (words) => [
    '--no-config',
    '-c',
    `source ${folder}/fish; complete -C ${quote(words.join(' '))} | string split -f 1 \\t; true`,
  ],
};

async function complete(shell: string, ...words: readonly string[]): Promise<string[]> {
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}`, HOME: folder };
  const { stdout } = await run(shell, shells[shell]?.(['ipvs', ...words]) ?? [], { env });
  return stdout.split('\n').filter((line) => line !== '');
}

for (const shell of Object.keys(shells)) {
  test(`${shell} completes verbs, options, values, services and destinations`, async (t) => {
    const first = await complete(shell, '');
    for (const { name } of verbs) t.true(first.includes(name), name);
    const options = await complete(shell, 'list', '--');
    for (const option of ['--json', '--netns', '--stats', '--thresholds']) {
      t.true(options.includes(option), option);
    }
    t.false(options.includes('--count-by'));
    const values = await complete(shell, 'list', '--transport', '');
    t.deepEqual(values.sort(), ['auto', 'netlink', 'sockopt']);
    const inner = await complete(shell, 'daemon', 'st');
    t.true(inner.includes('start') && inner.includes('stop'));
    t.true((await complete(shell, 'daemon', 'start', '--')).includes('--sync-id'));
    t.true((await complete(shell, 'set-weight', 'fwm')).includes('fwmark/7/ipv4'));
    const destinations = await complete(shell, 'set-weight', 'tcp/10.0.0.1:80', '10');
    t.true(destinations.includes('10.1.0.5:8080'));
  });
}
