import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { load, makeTemporary, root } from './_lab.js';

const { allKernels, gateKernels, labOptions, readKernelName } = await load('scripts/kernels.js');
const { gateTests, kernelTests, share } = await load('scripts/kernel-tests.js');
const { kernelTable } = await load('scripts/kernel-table.js');
const { runJobs } = await load('scripts/jobs.js');
const { sum, tally } = await load('scripts/tally.js');

test('the output of AVA and of doctest is counted', (t) => {
  const output = `
  ✔ a › 3 tests passed (3s)
  ─

  2 tests failed
  1 uncaught exception
  113 tests passed
  1 test skipped
[doctest] test cases:  90 |  89 passed | 1 failed | 0 skipped
`;
  t.deepEqual(tally(output), { passed: 202, failed: 4, skipped: 1 });
  t.deepEqual(tally(''), { passed: 0, failed: 0, skipped: 0 });
  t.deepEqual(sum(tally(output), tally(output)), { passed: 404, failed: 8, skipped: 2 });
});

test('kernels are named in short and in full', (t) => {
  t.is(readKernelName('6.12'), 'uml:6.12');
  t.is(readKernelName('uml:forky'), 'uml:forky');
  t.is(readKernelName('qemu:6.1'), 'qemu:6.1');
  t.is(readKernelName('qemu'), 'qemu');
  for (const wrong of ['', 'qemu:', 'kvm:6.1', '6.1 6.12', '-x=y']) {
    t.is(readKernelName(wrong), undefined, wrong);
  }
  for (const name of [...allKernels, ...gateKernels]) t.is(readKernelName(name), name);
  t.deepEqual(labOptions('uml:6.12'), ['--kind', 'uml', '--kernel', '6.12']);
  t.deepEqual(labOptions('qemu'), ['--kind', 'qemu']);
  t.deepEqual(labOptions('uml'), []);
});

test('each file is in one share, and the shares are about as large', (t) => {
  const directory = makeTemporary(t);
  const files = [90, 10, 40, 50, 30, 60].map((size) => {
    const file = join(directory, String(size));
    writeFileSync(file, 'x'.repeat(size));
    return relative(root, file);
  });
  const names = (shares: string[][]) =>
    shares.map((each) => each.map((file) => Number(file.slice(file.lastIndexOf('/') + 1))));
  t.deepEqual(names(share(files, 2)), [
    [90, 40, 10],
    [60, 50, 30],
  ]);
  t.deepEqual(names(share(files.slice(0, 1), 2)), [[90]]);
});

test('the gate runs each file on one of its kernels, and some on all', (t) => {
  const all: string[] = kernelTests().sort();
  t.true(all.length > 0);
  for (const kernels of [gateKernels, ['uml']]) {
    const chosen = kernels.map((kernel: string, place: number) => gateTests(kernel, place === 0));
    t.deepEqual([...new Set<string>(chosen.flat())].sort(), all);
    t.true(chosen.every((files: string[]) => files.length > 0));
  }
});

test('so many jobs run at a time, and each result has its place', async (t) => {
  let running = 0;
  let most = 0;
  const jobs = [30, 1, 20, 1, 1].map((milliseconds, index) => async () => {
    running += 1;
    most = Math.max(most, running);
    await delay(milliseconds);
    running -= 1;
    return index;
  });
  t.deepEqual(await runJobs(jobs, 2), [0, 1, 2, 3, 4]);
  t.is(most, 2);
});

test('the table has a row for each kernel, also for one that fails as a whole or cannot be had', (t) => {
  const result = { release: '6.1.176', status: 0, seconds: 61.6 };
  const passed = (count: number) => ({ passed: count, failed: 0, skipped: 1 });
  const table = kernelTable([
    { ...result, kernel: 'uml', tally: passed(7) },
    { ...result, kernel: 'uml', tally: passed(4) },
    { ...result, kernel: 'qemu:6.1', status: 1, tally: { passed: 3, failed: 2, skipped: 0 } },
    { ...result, kernel: 'qemu:7.2', status: 125, tally: tally('') },
    { ...result, kernel: 'qemu:0.1', release: undefined, status: 69, tally: tally('') },
  ]);
  t.is(
    table,
    `
| kernel   | release            | passed | failed     | skipped | time |
| -------- | ------------------ | ------ | ---------- | ------- | ---- |
| uml      | 6.1.176            | 11     | 0          | 2       | 2:03 |
| qemu:6.1 | 6.1.176            | 3      | 2          | 0       | 1:02 |
| qemu:7.2 | 6.1.176            | 0      | status 125 | 0       | 1:02 |
| qemu:0.1 | not to be had here |        |            |         |      |`.trimStart(),
  );
});
