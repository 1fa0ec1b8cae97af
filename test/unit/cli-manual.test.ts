import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import test from 'ava';
import { verbs } from '#lib/cli/verbs.js';

const run = promisify(execFile);

test('the manual page is what the verbs make of it', async (t) => {
  const { stdout } = await run(process.execPath, ['scripts/manual.js', '--print']);
  t.true(stdout === (await readFile('man/ipvs.8', 'utf8')), 'run node scripts/manual.js');
  for (const { name } of verbs)
    t.true(stdout.includes(`.SS "ipvs ${name.replaceAll('-', '\\-')}`), name);
});

test('man has nothing to complain of', async (t) => {
  const { stdout } = await run('mandoc', ['-T', 'lint', '-W', 'warning', 'man/ipvs.8']).catch(
    (error: { stdout: string }) => error,
  );
  // Whoever makes a package of it knows the date.
  t.regex(stdout, /^(?:mandoc: [^\n]* missing date, [^\n]*\n)?$/);
  const page = await run('mandoc', ['-T', 'utf8', 'man/ipvs.8']);
  // Bold letters are written twice, one over the other.
  const text = page.stdout
    .split('\b')
    .map((part, index, all) => (index < all.length - 1 ? part.slice(0, -1) : part))
    .join('');
  t.regex(text, /NAME\n +ipvs . the Linux kernel's load balancer/);
  t.true(text.includes('ipvs set-weight tcp/10.0.0.1:80 10.1.0.5:8080 0'));
});
