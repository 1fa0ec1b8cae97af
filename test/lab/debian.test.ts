import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { lab, load, makeTemporary } from './_lab.js';

const { isNewer, isOfVersion, newest } = await load('lab/versions.js');
const { suitesWithKernel } = await load('lab/debian-suites.js');
const { debianKernel } = await load('lab/debian-kernel.js');
const { debianUml } = await load('lab/debian-uml.js');

test('6.1.176 is a 6.1, and 6.12 is none', (t) => {
  for (const own of ['6.1', '6.1.176', '6.1um4+b13', '6.1.0-50', '6.1+deb12']) {
    t.true(isOfVersion(own, '6.1'), own);
  }
  for (const own of ['6.12', '6.12.1', '6', '5.10', '16.1']) t.false(isOfVersion(own, '6.1'), own);
});

test('versions are compared number by number', (t) => {
  t.true(isNewer('6.12', '6.1'));
  t.true(isNewer('6.12', '6.9'));
  t.true(isNewer('7.2', '6.12'));
  t.false(isNewer('6.1', '6.1'));
});

test('the newest package of a version is chosen, and none that only points to others', (t) => {
  const names = [
    'linux-image-6.12-amd64',
    'linux-image-6.12.9+deb13-amd64',
    'linux-image-6.12.115+deb13-amd64',
    'linux-image-6.12.115+deb13.1-amd64',
    'linux-image-6.12.117+deb13-amd64-unsigned',
    'linux-image-6.12.118+deb13-cloud-amd64',
    'linux-image-6.1.0-50-amd64',
    'linux-image-amd64',
  ];
  const { pattern } = debianKernel;
  t.is(newest(names, pattern, '6.12'), 'linux-image-6.12.115+deb13.1-amd64');
  t.is(newest(names, pattern, '6.1'), 'linux-image-6.1.0-50-amd64');
  t.is(newest(names, pattern, undefined), 'linux-image-6.12.115+deb13.1-amd64');
  t.is(newest(names, pattern, '7.2'), undefined);
});

test('what is kept is known by its version', (t) => {
  const names = ['user-mode-linux-6.1um4+b13', 'user-mode-linux-7.2um1', 'uml-forky', 'new-7.2'];
  t.is(newest(names, debianUml.pattern, '7.2'), 'user-mode-linux-7.2um1');
  t.is(newest(names, debianUml.pattern, '6.12'), undefined);
});

test('a kernel is looked for where it can be, and one that is nowhere nowhere', (t) => {
  t.deepEqual(suitesWithKernel('5.10'), [['bullseye', 'bullseye-security']]);
  t.deepEqual(suitesWithKernel('6.12.107'), [['trixie', 'trixie-security']]);
  const recent = suitesWithKernel('7.2').flat();
  t.true(recent.includes('forky') && recent.includes('experimental'), String(recent));
  t.deepEqual(suitesWithKernel('trixie'), [['trixie', 'trixie-security']]);
  t.deepEqual(suitesWithKernel('forky'), [['forky']]);
  for (const none of ['0.1', '4.19', '6.2', 'a b', '../x', '']) {
    t.deepEqual(suitesWithKernel(none), [], none);
  }
});

for (const kind of ['uml', 'qemu']) {
  test(`a kernel for ${kind} that cannot be had is named`, async (t) => {
    const result = await lab(t, {
      arguments: ['--kind', kind, '--kernel', '0.1', 'true'],
      environment: { XDG_CACHE_HOME: makeTemporary(t) },
    });
    t.is(result.status, 69);
    t.regex(
      result.stderr,
      new RegExp(`^lab: (apt knows no kernel 0\\.1 to fetch for ${kind}|.* needs )`),
    );
  });
}

test('a kernel that was fetched is used without asking anybody', async (t) => {
  const { findTool } = await load('lab/tools.js');
  const directory = makeTemporary(t);
  const kept = join(directory, 'ipvs-lab/user-mode-linux-9.9um1');
  for (const name of ['usr/bin', 'usr/lib/uml/modules']) {
    mkdirSync(join(kept, name), { recursive: true });
  }
  symlinkSync(findTool('linux.uml'), join(kept, 'usr/bin/linux.uml'));
  symlinkSync('user-mode-linux-9.9um1', join(directory, 'ipvs-lab/uml-forky'));
  for (const kernel of ['9.9', 'forky']) {
    const result = await lab(t, {
      arguments: ['--no-modules', '--kind', 'uml', '--kernel', kernel, 'echo', 'well'],
      environment: { XDG_CACHE_HOME: directory },
    });
    t.is(String(result.stdout), 'well\n', result.stderr);
  }
});
