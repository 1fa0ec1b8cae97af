import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { lab, leftovers, makeTemporary, type Run, root } from './_lab.js';

const program = [join(root, 'dist', 'bin', 'ipvs.js'), 'lab'];

/** Runs the package's command `ipvs lab`. */
const ipvsLab = (t: ExecutionContext, run: Run) =>
  lab(t, { ...run, program, environment: { NO_COLOR: '1', ...run.environment } });

test('a command runs in the caller’s folder, with its output and status', async (t) => {
  const directory = makeTemporary(t);
  const other = makeTemporary(t);
  const script = `
    echo written >file; echo written >${other}/file; touch ${root}/ours
    echo "$PWD $ADDED $INHERITED $IPVS_LAB"; echo to the other >&2; exit 42
  `;
  const result = await ipvsLab(t, {
    arguments: [
      ...['--no-modules', '--env', 'ADDED=two words', '--writable', other],
      ...['--', 'sh', '-c', `exec 2>&1; { ${script} } 2>&1`],
    ],
    environment: { INHERITED: 'yes' },
    directory,
  });
  t.is(result.status, 42, result.stderr);
  const lines = String(result.stdout).trimEnd().split('\n');
  t.deepEqual(lines.slice(1), [`${directory} two words yes uml`, 'to the other']);
  // The guest has a /tmp of its own, in which a project of that folder is not.
  const refusal = root.startsWith('/tmp/') ? /No such file or directory/ : /Read-only file system/;
  t.regex(lines[0] ?? '', refusal);
  t.is(readFileSync(join(directory, 'file'), 'utf8'), 'written\n');
  t.is(readFileSync(join(other, 'file'), 'utf8'), 'written\n');
  t.false(existsSync(join(root, 'ours')));
});

test('options behind the command are the command’s', async (t) => {
  const result = await ipvsLab(t, {
    arguments: [
      '--no-modules',
      'node',
      '--print',
      'process.argv.slice(1).join()',
      'a',
      '--kind',
      'b',
    ],
  });
  t.is(String(result.stdout), 'a,--kind,b\n', result.stderr);
  t.is(result.status, 0);
});

test('IPVS is there, and a signal ends all of it', async (t) => {
  const temporary = makeTemporary(t);
  let first = '';
  const result = await ipvsLab(t, {
    arguments: ['--', 'sh', '-c', 'ipvsadm -A -t 192.0.2.1:80 && ipvsadm -Sn; sleep 1000'],
    environment: { TMPDIR: temporary },
    async whileRunning({ stdout, kill }) {
      first = String((await once(stdout, 'data'))[0]);
      kill('SIGTERM');
    },
  });
  t.is(first, '-A -t 192.0.2.1:80 -s wlc\n');
  t.is(result.signal, 'SIGTERM');
  t.is(result.stderr, '');
  t.deepEqual(leftovers(temporary), []);
});

test('the time limit is the lab’s', async (t) => {
  const result = await ipvsLab(t, {
    arguments: ['--no-modules', '--timeout', '4', 'sleep', '1000'],
  });
  t.is(result.status, 124);
  t.is(result.stderr, 'lab: stopped after 4 s\n');
});

test('where something is missing, its Debian package is named', async (t) => {
  const result = await ipvsLab(t, {
    arguments: ['--kind', 'uml', '--', 'true'],
    environment: { PATH: '/nonexistent' },
  });
  t.is(result.status, 69);
  t.regex(result.stderr, /^ipvs: user-mode Linux needs .*linux\.uml.*busybox/);
  t.regex(result.stderr, /^ {2}apt-get install .*user-mode-linux.*busybox-static/m);
});

test('a command line that makes no sense is status 64, and says why', async (t) => {
  const wrong: [RegExp, ...string[]][] = [
    [/missing required argument 'command'/],
    [/missing required argument 'command'/, '--'],
    [/expected --kind auto\|uml\|host\|qemu, got cloud/, '--kind', 'cloud', 'true'],
    [/unknown option '--what'/, '--what', 'true'],
    [/expected --mem of 128M or more, got 1/, '--mem', '1', 'true'],
    [/expected --timeout of 1 to 2678400 seconds, got never/, '--timeout', 'never', 'true'],
    [/expected --env NAME=VALUE, got x/, '--env', 'x', 'true'],
    [
      /expected --writable to name a directory, got \/nonexistent/,
      '--writable',
      '/nonexistent',
      'true',
    ],
  ];
  for (const [message, ...words] of wrong) {
    const result = await ipvsLab(t, { arguments: words });
    t.is(result.status, 64, result.stderr);
    t.regex(result.stderr, message);
  }
});

test('the help has every option that the project’s own lab has', async (t) => {
  const [own, packaged] = [
    await lab(t, { arguments: ['--help'] }),
    await ipvsLab(t, { arguments: ['--help'] }),
  ];
  t.is(packaged.status, 0);
  const optionsIn = (text: string) => [...new Set(text.match(/--[a-z-]+/g))].sort();
  const known = optionsIn(String(own.stdout));
  t.true(known.length > 8);
  t.deepEqual(
    known.filter((option) => !optionsIn(String(packaged.stdout)).includes(option)),
    [],
  );
});
