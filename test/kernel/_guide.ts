import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import {
  type Block,
  blocksOf,
  compiled,
  makeFolder,
  readPage,
  stepOf as stepOfPage,
} from '../unit/_docs-page.js';

/** What a page does, one step for each block that does something. */
export type Step =
  /** A file that later steps read. */
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  /** A module that is imported. */
  | { readonly kind: 'module'; readonly name: string }
  /** Lines for a shell. */
  | { readonly kind: 'shell'; readonly text: string };

/** What a page needs, and does. */
export interface Scene {
  /** Of the loopback: `10.0.0.1`. */
  readonly addresses: readonly string[];
  /** Servers of HTTP that answer with their name: `10.1.0.5:8080`. */
  readonly servers: readonly string[];
  readonly steps: readonly Step[];
}

/** A page, and what its blocks printed. */
export interface Shown {
  readonly blocks: readonly Block[];
  readonly printed: ReadonlyMap<Block, string>;
}

/** A comment of the page names the addresses and the servers that it takes for granted. */
const needs = /^<!-- lab: (.*) -->$/m;

/** What is printed, and what other programs read. */
const passive = ['text', 'ini'];

/** What of a page is done. */
export interface Choice {
  /** Blocks of these languages alone. Default: of all. */
  readonly languages?: readonly string[];
  /** Files that the page takes for granted, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Runs the blocks of a page, in their order, in a process of a network namespace. */
export async function showGuide(
  page: string,
  namespace: string,
  { languages, files = {} }: Choice = {},
): Promise<Shown> {
  const text = await readPage(page);
  const blocks = blocksOf(text).filter(({ language }) => languages?.includes(language) ?? true);
  const folder = await makeFolder(join('shown', basename(page)));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content);
  }
  const active = blocks.filter(({ language }) => !passive.includes(language));
  const steps = await Promise.all(active.map((block) => stepOf(block, folder)));
  const words = needs.exec(text)?.[1]?.split(' ') ?? [];
  const isServer = (word: string) => /\.\d+:\d+$|\]:\d+$/.test(word);
  const scene: Scene = {
    addresses: words.filter((word) => !isServer(word)),
    servers: words.filter(isServer),
    steps,
  };
  const outputs = await run(folder, namespace, scene);
  return {
    blocks,
    printed: new Map(active.map((block, index) => [block, outputs[index] ?? ''])),
  };
}

async function stepOf(block: Block, folder: string): Promise<Step> {
  const { language, text, line } = block;
  if (language === 'sh') return { kind: 'shell', text };
  const step = stepOfPage(block);
  if (step === undefined) throw new Error(`line ${line}: nobody looks at a block of ${language}`);
  if (step.kind === 'file') return { kind: 'file', name: step.name, text };
  await writeFile(join(folder, step.name), compiled(text));
  return { kind: 'module', name: step.name };
}

function run(folder: string, namespace: string, scene: Scene): Promise<string[]> {
  const runner = fileURLToPath(new URL('children/_guide.js', import.meta.url));
  const inside = ['netns', 'exec', namespace, process.execPath, runner];
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: 100_000 };
    const child = execFile('ip', inside, options, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${stdout}${stderr}`, { cause: error }));
      else resolve(JSON.parse(stdout));
    });
    child.stdin?.end(JSON.stringify(scene));
  });
}

/** Whether each block printed what the text behind it says; where there is none, nothing. */
export function isAsSaid(t: ExecutionContext, { blocks, printed }: Shown): void {
  for (const [index, block] of blocks.entries()) {
    const next = blocks[index + 1];
    const output = printed.get(block);
    if (output === undefined) continue;
    const said = next?.language === 'text' ? next.text : '';
    t.regex(output, expected(said), `line ${block.line}`);
  }
}

/** What a page says that is printed, as an expression: `…` stands for anything on one line. */
function expected(text: string): RegExp {
  const parts = text.trimEnd().split('…');
  const literal = parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^\\n]*')}$`);
}
