import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Kept, root } from './counts-file.js';
import { perItem } from './measures.js';

/** As `scripts/native-tests --counted` builds it. The path is short and always the same, because it is on the program's stack. */
const program = 'build/native-tests/ipvs_counted_work';

/** The C library chooses its functions by the processor; without these features it takes the same ones everywhere. */
const plainProcessor = [
  ...['AVX512F', 'AVX512VL', 'AVX512BW', 'AVX2', 'AVX', 'BMI1', 'BMI2', 'ERMS', 'FMA', 'FSRM'],
  ...['LZCNT', 'MOVBE', 'POPCNT', 'SSE3', 'SSSE3', 'SSE4_1', 'SSE4_2', 'XSAVE', 'XSAVEC'],
].map((feature) => `-${feature}`);

interface Answer {
  readonly items: number;
  readonly allocations: number;
  readonly bytes: number;
}

/** Counts every work in C++, each in a process of its own. */
export async function countNative(): Promise<Kept> {
  const [environment = '', ...works] = (await run(program)).stdout.trim().split('\n');
  const allocations: Record<string, number> = {};
  const bytes: Record<string, number> = {};
  const instructions: Record<string, number> = {};
  for (const work of works) {
    const { stdout, stderr } = await run(
      'valgrind',
      '--tool=callgrind',
      '--callgrind-out-file=/dev/null',
      '--toggle-collect=CountedRun',
      program,
      work,
    );
    const answer = JSON.parse(stdout) as Answer;
    allocations[work] = perItem(answer.allocations, answer.items);
    bytes[work] = perItem(answer.bytes, answer.items);
    instructions[work] = perItem(collected(stderr), answer.items);
  }
  return {
    'native allocations': { counts: allocations },
    'native bytes': { counts: bytes },
    'native instructions': { environment, counts: instructions },
  };
}

/** The instructions that callgrind says it counted. */
function collected(words: string): number {
  const count = Number(/^==\d+== Collected : (\d+)$/m.exec(words)?.[1]);
  if (!(count > 0)) throw new Error(`callgrind counted nothing:\n${words}`);
  return count;
}

async function run(command: string, ...words: readonly string[]) {
  const env = {
    PATH: process.env['PATH'],
    GLIBC_TUNABLES: `glibc.cpu.hwcaps=${plainProcessor.join()}`,
  };
  return promisify(execFile)(command, words, { cwd: root, env });
}
