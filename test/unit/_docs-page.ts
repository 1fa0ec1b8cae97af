import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import typescript from 'typescript';

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of its first line on the page. */
  readonly line: number;
}

/** What is done with a block: a file is written, or a module run. */
export interface Step {
  readonly kind: 'file' | 'module';
  readonly name: string;
  readonly text: string;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

export function readPage(name: string): Promise<string> {
  return readFile(join(root, 'docs', name), 'utf8');
}

export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
    ({ 1: language = '', 2: text = '', index }) => ({
      language,
      text,
      line: page.slice(0, index).split('\n').length,
    }),
  );
}

/** A block of YAML is the file that its first line names; one of TypeScript is a module, which may be named likewise. */
export function stepOf({ language, text, line }: Block): Step | undefined {
  const named = /^(?:#|\/\/) (\S+)\.(?:yaml|ts)\n/.exec(text)?.[1];
  if (language === 'yaml') return { kind: 'file', name: `${named}.yaml`, text };
  if (language === 'ts') return { kind: 'module', name: `${named ?? `line-${line}`}.js`, text };
  return undefined;
}

/** An empty folder for what is on a page; a part of the package, so that it can import it by name. */
export async function makeFolder(page: string): Promise<string> {
  const folder = join(root, 'build', 'docs', page);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

const configuration = { extends: '../../../tsconfig.json', include: ['*.ts'] };

const yaml = "declare module 'yaml' {\n  export function parse(text: string): unknown;\n}\n";

/** Checks the modules of a page as a strict user's compiler does; answers with what it has to say. */
export async function check(folder: string, steps: readonly Step[]): Promise<string> {
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(configuration));
  await writeFile(join(folder, 'yaml.d.ts'), yaml);
  for (const { kind, name, text } of steps) {
    if (kind === 'module') await writeFile(join(folder, name.replace(/js$/, 'ts')), text);
  }
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return node(folder, [compiler, '--project', folder, '--pretty', 'false']);
}

/** A module of a page as Node runs it. */
export function compiled(text: string): string {
  const { ModuleKind, ScriptTarget, transpileModule } = typescript;
  const compilerOptions = { target: ScriptTarget.ES2023, module: ModuleKind.ESNext };
  return transpileModule(text, { compilerOptions }).outputText;
}

/** Runs modules against a fake kernel, and answers with what each printed. */
export async function runSteps(folder: string, steps: readonly Step[]): Promise<string[]> {
  const standIns = new URL('_docs-stand-ins.js', import.meta.url).href;
  for (const { kind, name, text } of steps) {
    if (kind === 'file') continue;
    const code = compiled(text).replaceAll(/from '(ipvs|yaml)'/g, `from '${standIns}'`);
    await writeFile(join(folder, name), code);
  }
  const runner = fileURLToPath(new URL('_docs-run.js', import.meta.url));
  return JSON.parse(await node(folder, [runner], JSON.stringify(steps)));
}

function node(folder: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: 80_000 };
    const child = execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (stderr !== '' || (error !== null && stdout === ''))
        reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}
