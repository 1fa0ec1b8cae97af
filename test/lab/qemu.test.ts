import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { lab, leftovers, makeTemporary, root } from './_lab.js';

const qemu = ['--kind', 'qemu'];

test.serial('a distribution’s kernel runs commands as user-mode Linux does', async (t) => {
  const file = `lab-test-${process.pid}`;
  t.teardown(() => rmSync(join(root, file), { force: true }));
  const temporary = makeTemporary(t);
  const script = `
    ipvsadm -A -t 192.0.2.1:80 && ipvsadm -Sn
    echo written >${file}; touch /etc/${file} 2>/dev/null && echo ouch
    echo "$IPVS_LAB $1" >&2
    exit 42
  `;
  const result = await lab(t, {
    arguments: [...qemu, '--modules', 'ip_vs', '--', 'sh', '-c', script, 'sh', 'two\nlines'],
    environment: { TMPDIR: temporary },
  });
  t.is(result.status, 42, result.stderr);
  t.is(String(result.stdout), '-A -t 192.0.2.1:80 -s wlc\n');
  t.is(result.stderr, 'qemu two\nlines\n');
  t.is(readFileSync(join(root, file), 'utf8'), 'written\n');
  t.deepEqual(leftovers(temporary), []);
});

test.serial('a panic of a distribution’s kernel is status 125', async (t) => {
  const panic = 'echo c >/proc/sysrq-trigger';
  const result = await lab(t, { arguments: [...qemu, '--no-modules', '--', 'sh', '-c', panic] });
  t.is(result.status, 125, result.stderr);
  t.regex(result.stderr, /Kernel panic - not syncing: sysrq triggered crash/);
});
