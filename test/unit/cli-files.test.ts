import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { StateFile } from '#lib/cli/state-file.js';
import { writePrivateFile } from '#lib/cli/write-file.js';

async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-files-'));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}

/** What may stand in the place of a file, each made at a path. */
const others = {
  'a folder': (path: string) => mkdir(path),
  'a named pipe': async (path: string) => void execFileSync('mkfifo', [path]),
  'a link to a device': (path: string) => symlink('/dev/null', path),
  'a link to a folder': (path: string) => symlink('/tmp', path),
} as const;

test('a file is new, whole, and for its owner alone, whatever the umask allows', async (t) => {
  const folder = await makeFolder(t);
  const path = join(folder, 'file');
  await writeFile(path, 'before', { mode: 0o666 });
  const before = await lstat(path);
  await writePrivateFile(path, 'after');
  const after = await lstat(path);
  t.is(await readFile(path, 'utf8'), 'after');
  t.is(after.mode & 0o7777, 0o600);
  t.not(after.ino, before.ino);
  t.deepEqual(await readdir(folder), ['file']);
});

test('what a link leads to is not written; the link is replaced', async (t) => {
  const folder = await makeFolder(t);
  const theirs = join(folder, 'theirs');
  await writeFile(theirs, 'theirs');
  for (const [name, target] of [
    ['link', theirs],
    ['dangling', join(folder, 'nothing')],
  ] as const) {
    const path = join(folder, name);
    await symlink(target, path);
    await writePrivateFile(path, 'ours');
    t.true((await lstat(path)).isFile(), name);
    t.is(await readFile(path, 'utf8'), 'ours');
  }
  t.is(await readFile(theirs, 'utf8'), 'theirs');
  await t.throwsAsync(lstat(join(folder, 'nothing')), { code: 'ENOENT' });
});

for (const [name, make] of Object.entries(others)) {
  test(`${name} is not replaced by what is written, nor read as a state`, async (t) => {
    const folder = await makeFolder(t);
    const path = join(folder, 'place');
    await make(path);
    const before = await lstat(path);
    await t.throwsAsync(writePrivateFile(path, 'ours'), {
      message: `${path}: expected a plain file, or none yet`,
    });
    const after = await lstat(path);
    t.deepEqual([after.ino, after.mode], [before.ino, before.mode]);
    t.deepEqual(await readdir(folder), ['place']);
    await t.throwsAsync(StateFile.open(path), { message: /: expected a plain file/ });
  });
}

test('a state is not read through a link, wherever that leads', async (t) => {
  const folder = await makeFolder(t);
  const theirs = join(folder, 'theirs');
  await writeFile(theirs, '{ "version": 1, "drains": [] }');
  for (const target of [theirs, join(folder, 'nothing'), 'loop']) {
    const path = join(folder, 'loop');
    await symlink(target, path);
    await t.throwsAsync(StateFile.open(path), {
      message: `${path}: expected a plain file, not a link`,
    });
    await rm(path);
  }
});

test('a state file is for its owner alone from the beginning', async (t) => {
  const folder = await makeFolder(t);
  const path = join(folder, 'state');
  const state = await StateFile.open(path);
  await state.save([]);
  t.is((await lstat(path)).mode & 0o7777, 0o600);
  t.deepEqual([...(await (await StateFile.open(path)).load())], []);
});

test('a folder that is not there is said to be so', async (t) => {
  const path = join(await makeFolder(t), 'none', 'file');
  await t.throwsAsync(writePrivateFile(path, ''), {
    message: `${path}: no such file or directory`,
  });
  await t.throwsAsync(StateFile.open(path), { message: `${path}: no such file or directory` });
});
