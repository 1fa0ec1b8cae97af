import { type ExecFileOptions, execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';

const root = process.cwd();
const execute = promisify(execFile);

/** Runs a program; when it fails, the error says what it printed. */
async function run(
  command: string,
  args: readonly string[],
  options: ExecFileOptions = {},
): Promise<string> {
  try {
    const { stdout } = await execute(command, args, {
      ...options,
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error });
  }
}

const program = (name: string) => join(root, 'node_modules', '.bin', name);

let folder: string;
let tarball: string;
/** An empty project into which the packed package was installed, without any install script. */
let project: string;
/** The package inside it. */
let installed: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ipvs-package-'));
  const packed = await run(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    { cwd: root },
  );
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  tarball = join(folder, filename);
  project = join(folder, 'project');
  installed = join(project, 'node_modules', 'ipvs');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  await run(
    'npm',
    ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', tarball],
    { cwd: project },
  );
});

test.after.always(() => rm(folder, { recursive: true, force: true }));

test.serial('the tarball has what a user needs, and nothing else', async (t) => {
  const files = (await readdir(installed, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
  for (const needed of [
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'SECURITY.md',
    'binding.gyp',
    'native/sources.txt',
    'native/addon.cc',
    'types/service.d.ts',
    'schema/document.schema.json',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/bin/ipvs.js',
    'dist/bin/LICENSES.txt',
    'man/ipvs.8',
    'lab/command.js',
    'lab/init.sh',
  ]) {
    t.true(files.includes(needed), needed);
  }
  const known =
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|prebuilds\/linux-(x64|arm64)\/ipvs\.glibc\.node|binding\.gyp|native\/sources\.txt|native\/.+\.(cc|h)|types\/.+\.d\.ts|schema\/document\.schema\.json|man\/ipvs\.8|lab\/.+\.(js|sh)|dist\/.+\.(js|d\.ts)|dist\/bin\/LICENSES\.txt)$/;
  t.deepEqual(
    files.filter((file) => !known.test(file)),
    [],
  );
});

test.serial('publint and arethetypeswrong find nothing', async (t) => {
  await t.notThrowsAsync(run(program('publint'), ['--strict', tarball]));
  await t.notThrowsAsync(run(program('attw'), [tarball, '--profile', 'esm-only']));
});

for (const [module, resolution] of [
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const) {
  test.serial(
    `a strict TypeScript consumer compiles with the resolution ${resolution}`,
    async (t) => {
      await writeFile(
        join(project, 'consumer.ts'),
        `import { Ipvs, IpvsError, InvalidValueError, type ObservedService, type ServiceSpec } from 'ipvs';

const spec: ServiceSpec = { protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'rr' };
export async function use(): Promise<bigint> {
  await using ipvs = await Ipvs.open({ timeout: 1000 });
  await ipvs.addService(spec);
  await ipvs.addDestination('tcp/10.0.0.1:80', { address: '10.1.0.5', port: 8080, weight: 3 });
  const services: ObservedService[] = await ipvs.listServices({ signal: AbortSignal.timeout(10) });
  return services.reduce((sum, { stats }) => sum + stats.connections, 0n);
}
export const kinds: readonly (new (...args: never) => Error)[] = [IpvsError, InvalidValueError];
`,
      );
      const options = {
        compilerOptions: {
          target: 'es2022',
          lib: ['es2023', 'esnext.disposable'],
          module,
          moduleResolution: resolution,
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          skipLibCheck: false,
          // `Reconciler` is an emitter of Node's.
          types: ['node'],
          typeRoots: [join(root, 'node_modules', '@types')],
          noEmit: true,
        },
        files: ['consumer.ts'],
      };
      await writeFile(join(project, 'tsconfig.json'), JSON.stringify(options));
      await t.notThrowsAsync(run(program('tsc'), ['-p', project]));
    },
  );
}

const opening = `
import { Ipvs } from 'ipvs';
try {
  const ipvs = await Ipvs.open();
  await ipvs.addService({ protocol: 'tcp', address: '10.0.0.1', port: 80 });
  console.log((await ipvs.listServices()).map(({ id }) => id).join());
  await ipvs.close();
} catch (error) {
  console.log(error.code + ' ' + error.reason);
}
`;

test.serial('without an addon, opening says how to get one', async (t) => {
  // Where binaries were made for this checkout, they were packed.
  await rm(join(installed, 'prebuilds'), { recursive: true, force: true });
  await writeFile(join(project, 'open.js'), opening);
  t.regex(
    await run(process.execPath, ['open.js'], { cwd: project }),
    /^ERR_IPVS_UNAVAILABLE .*npm rebuild ipvs/,
  );
});

/** What the consumer's program prints on a kernel that has IPVS. */
async function openInLab(): Promise<string> {
  return run(join(root, 'scripts', 'lab'), [process.execPath, 'open.js'], { cwd: project });
}

test.serial('the addon is found among the binaries that come with a package', async (t) => {
  const bundled = join(installed, 'prebuilds', `linux-${process.arch}`, 'ipvs.glibc.node');
  await mkdir(dirname(bundled), { recursive: true });
  await copyFile(join(root, 'build', 'Release', 'ipvs.node'), bundled);
  t.is(await openInLab(), 'tcp/10.0.0.1:80\n');
  await rm(join(installed, 'prebuilds'), { recursive: true });
});

test.serial('an ordinary user’s tests get a kernel by `ipvs lab`', async (t) => {
  const bundled = join(installed, 'prebuilds', `linux-${process.arch}`, 'ipvs.glibc.node');
  await mkdir(dirname(bundled), { recursive: true });
  await copyFile(join(root, 'build', 'Release', 'ipvs.node'), bundled);
  await writeFile(join(project, 'open.js'), opening);
  const description = { private: true, type: 'module', scripts: { test: 'node open.js >result' } };
  const theirs = join(project, 'package.json');
  const before = await readFile(theirs, 'utf8');
  await writeFile(theirs, JSON.stringify(description));
  const command = [join(project, 'node_modules', '.bin', 'ipvs'), 'lab', '--', 'npm', 'test'];
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    await run('chmod', ['755', folder]);
    await run('chown', ['-R', '65534:65534', project]);
  }
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const [file = '', ...words] = [...(isRoot ? nobody : []), ...command];
  // The home of nobody is not there.
  const env = { ...process.env, HOME: '/nonexistent', TMPDIR: '/tmp' };
  t.regex(await run(file, words, { cwd: project, env }), /> node open\.js >result/);
  t.is(await readFile(join(project, 'result'), 'utf8'), 'tcp/10.0.0.1:80\n');
  await rm(join(installed, 'prebuilds'), { recursive: true });
  await writeFile(theirs, before);
});

test.serial('the addon can be built from what is in the tarball', async (t) => {
  const prefix = dirname(dirname(process.execPath));
  await run(program('node-gyp'), ['rebuild', '--jobs', 'max', `--nodedir=${prefix}`], {
    cwd: installed,
  });
  t.is(await openInLab(), 'tcp/10.0.0.1:80\n');
});
