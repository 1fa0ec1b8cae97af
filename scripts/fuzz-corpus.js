#!/usr/bin/env node
// Makes the inputs the fuzzer begins with, in test/fuzz/corpus: what kernels in the lab answer to test/fuzz/record.ts,
// cut into what each target reads, and of that, with what was there before, only what reaches code that the rest does not.
//   node scripts/fuzz-corpus.js [KERNEL ...]    the kernels, as `scripts/lab --kernel` has them; default all of user-mode Linux
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, corpusOf, programOf, targets } from './fuzz-targets.js';
import { prepare, root, run } from './prepare.js';

const recorder = join(root, 'test', 'fuzz', 'recorder.c');

const headers = { message: 16, generic: 4, link: 16, address: 8 };
const linkMessages = 16;
const addressMessages = 20;

/**
 * The messages of a datagram of netlink.
 * @param {Buffer} datagram
 */
function* messagesOf(datagram) {
  for (let start = 0; start + headers.message <= datagram.length; ) {
    const length = datagram.readUInt32LE(start);
    yield {
      type: datagram.readUInt16LE(start + 4),
      payload: datagram.subarray(start + headers.message, start + length),
    };
    start += (length + 3) & ~3;
  }
}

/**
 * The attributes of each message of a datagram.
 * @param {Buffer} datagram
 * @param {boolean} generic whether the messages are of generic netlink
 */
function* attributesOf(datagram, generic) {
  for (const { type, payload } of messagesOf(datagram)) {
    if (type < 16) continue;
    if (generic) yield payload.subarray(headers.generic);
    else if (type >= addressMessages) yield payload.subarray(headers.address);
    else if (type >= linkMessages) yield payload.subarray(headers.link);
  }
}

/**
 * What one recording gives to each target.
 * @param {string} folder
 * @returns {Generator<[target: string, input: Buffer]>}
 */
function* inputsOf(folder) {
  /** @type {Buffer[]} */
  let pieces = [];
  /** @type {Buffer | undefined} */
  let before;
  for (const name of readdirSync(folder).sort()) {
    const bytes = readFileSync(join(folder, name));
    const kind = name.slice(name.indexOf('-') + 1);
    if (kind === 'generic' || kind === 'route') {
      yield ['message', bytes];
      for (const each of attributesOf(bytes, kind === 'generic')) {
        yield ['attribute', each];
        if (kind === 'generic') yield ['answer', each];
      }
    }
    if (kind === 'route' || kind === 'request') yield [kind, bytes];
    if (kind === 'option') {
      // A list is two answers: how many there are, and which.
      yield [kind, bytes];
      if (before !== undefined) yield [kind, Buffer.concat([before, bytes])];
      before = bytes;
    }
    if (kind === 'connections') {
      if (bytes.subarray(0, 3).toString() === 'Pro' && pieces.length > 0) {
        yield ['connection', Buffer.concat(pieces)];
        pieces = [];
      }
      pieces.push(bytes);
    }
  }
  if (pieces.length > 0) yield ['connection', Buffer.concat(pieces)];
}

/**
 * Records what a kernel answers.
 * @param {string} kernel as `scripts/lab --kernel` has it; empty for the lab's own choice
 * @param {string} into a folder
 */
function record(kernel, into) {
  const library = join(root, 'build', 'fuzz', 'recorder.so');
  run('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-o', library, recorder]);
  run(join(root, 'scripts', 'lab'), [
    ...(kernel === '' ? [] : ['--kernel', kernel]),
    ...['--writable', into, 'env', `LD_PRELOAD=${library}`, `FUZZ_RECORD=${into}`],
    ...[process.execPath, join(root, 'build', 'test', 'fuzz', 'record.js'), into],
  ]);
}

/**
 * Puts the inputs of a recording into a folder for each target, each once.
 * @param {string} recording
 * @param {string} into
 */
function sort(recording, into) {
  for (const [target, bytes] of inputsOf(recording)) {
    const folder = join(into, target);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, createHash('sha1').update(bytes).digest('hex')), bytes);
  }
}

/**
 * Keeps of what is committed and what was recorded the inputs that reach something of their own.
 * @param {import('./fuzz-targets.js').Target} target
 * @param {string} recorded
 */
function keep(target, recorded) {
  const committed = corpusOf(target);
  const kept = `${recorded}-kept`;
  for (const each of [committed, kept, recorded]) mkdirSync(each, { recursive: true });
  run(programOf(target), ['-merge=1', '-verbosity=0', kept, committed, recorded]);
  rmSync(committed, { recursive: true });
  cpSync(kept, committed, { recursive: true });
}

const chosen = process.argv.slice(2);
prepare(['build', 'lab', 'test', 'fuzz']);
build();
const work = mkdtempSync(join(tmpdir(), 'ipvs-fuzz-'));
for (const kernel of chosen.length > 0 ? chosen : ['', '5.10', '6.12', 'forky']) {
  const recording = mkdtempSync(join(work, 'recording-'));
  console.log(`Recording ${kernel || 'the kernel that is installed'}`);
  record(kernel, recording);
  sort(recording, join(work, 'inputs'));
}
for (const target of targets) keep(target, join(work, 'inputs', target));
rmSync(work, { recursive: true });
