import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';

interface Tools {
  leaksOfAddon(report: string): string[];
}

const { leaksOfAddon } = (await import(
  pathToFileURL(join('scripts', 'sanitized-node.js')).href
)) as Tools;

const source = join(process.cwd(), 'native', 'handle.cc');

/** A report of leaks, each with the frames of its stack. */
function reportOf(...leaks: readonly (readonly string[])[]): string {
  const told = leaks.map((frames) => {
    const lines = frames.map((frame, index) => `    #${index} 0x${index}0 in ${frame}\n`);
    return `Direct leak of 8 byte(s) in 1 object(s) allocated from:\n${lines.join('')}\n`;
  });
  return `==node==7==ERROR: LeakSanitizer: detected memory leaks\n\n${told.join('')}SUMMARY: AddressSanitizer: 8 byte(s) leaked\n`;
}

test('what V8 takes for the addon is no leak of the addon', (t) => {
  const report = reportOf(
    [
      'operator new(unsigned long) asan.cpp:95',
      'v8::internal::Heap::Barrier() (/n/node+0x1)',
      `ipvs::Open ${source}:567`,
    ],
    ['operator new(unsigned long) asan.cpp:95', 'Builtins_RecordWrite (/n/node+0x2)'],
  );
  t.deepEqual(leaksOfAddon(report), []);
});

test('what the addon takes is, and what it has Node keep for it', (t) => {
  const own = [
    'operator new(unsigned long) asan.cpp:95',
    `ipvs::Open ${source}:30`,
    'v8::internal::Call() (/n/node+0x1)',
  ];
  const kept = [
    'malloc asan.cpp:9',
    'v8impl::Reference::New() (/n/node+0x3)',
    'Open (/b/ipvs.node+0x4)',
  ];
  const leaks = leaksOfAddon(
    reportOf(own, ['malloc asan.cpp:9', 'node::Start (/n/node+0x5)'], kept),
  );
  t.is(leaks.length, 2);
  t.true(leaks[0]?.includes('ipvs::Open'));
  t.true(leaks[1]?.includes('v8impl::Reference'));
});

test('half of a promise that nobody can answer any more is none', (t) => {
  const promise = [
    'operator new(unsigned long) asan.cpp:95',
    'napi_create_promise (/n/node+0x6)',
    `Submit ${source}:238`,
  ];
  t.deepEqual(leaksOfAddon(reportOf(promise)), []);
});
