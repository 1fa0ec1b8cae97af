// Makes few files of the command and the packages it is made with: it starts in half the time that all of them take.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import commonjsModule from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { rollup } from 'rollup';
import { root } from './prepare.js';

/** What most verbs need is one file; what a verb alone needs is a file of its own. */
const needed = ['main.js', 'verbs/list.js', '../kernel/ipvs.js'];

/** Modules smaller than this, in bytes, are put together where that brings no verb what it does not need. */
const smallest = 20_000;

/** Its types say that it is a module of CommonJS, which it is not. */
const commonjs = /** @type {() => import('rollup').Plugin} */ (
  /** @type {unknown} */ (commonjsModule)
);

const folder = join(root, 'dist', 'bin');
const commonModules = new Set();
const bundle = await rollup({
  input: { ipvs: join(root, 'dist', 'cli', 'main.js') },
  // Users have these beside the package, or choose not to.
  external: ['ink', 'prom-client', 'react', 'react/jsx-runtime'],
  logLevel: 'warn',
  plugins: [nodeResolve({ exportConditions: ['node'] }), commonjs()],
  onwarn(warning, warn) {
    // What TypeScript makes of `await using` asks for one.
    if (warning.code !== 'THIS_IS_UNDEFINED') warn(warning);
  },
});
const { output } = await bundle.write({
  dir: folder,
  format: 'es',
  chunkFileNames: '[name]-[hash].js',
  experimentalMinChunkSize: smallest,
  manualChunks(module, { getModuleInfo }) {
    if (commonModules.size === 0) {
      for (const file of needed) collect(join(root, 'dist', 'cli', file), getModuleInfo);
    }
    return commonModules.has(module) ? 'common' : undefined;
  },
});
await bundle.close();
const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
writeFileSync(join(folder, 'LICENSES.txt'), licensesOf(modules));

/**
 * Takes a module and all that it cannot be loaded without among the common ones.
 * @param {string} module
 * @param {import('rollup').GetModuleInfo} getModuleInfo
 */
function collect(module, getModuleInfo) {
  const information = getModuleInfo(module);
  if (information === null || information.isExternal || commonModules.has(module)) return;
  commonModules.add(module);
  for (const imported of information.importedIds) collect(imported, getModuleInfo);
}

/**
 * The licenses of the packages that these modules are from.
 * @param {readonly string[]} modules
 */
function licensesOf(modules) {
  const ofPackage = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;
  const packages = new Set(
    modules.flatMap((module) => ofPackage.exec(module.replace('\0', '')) ?? []),
  );
  return [...packages]
    .sort()
    .map(licenseOf)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** @param {string} path of the folder of a package */
function licenseOf(path) {
  const { name, version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const license = readdirSync(path).find((file) => /^licen[cs]e/i.test(file));
  if (license === undefined) throw new Error(`${name}: no license`);
  return `${name} ${version}\n\n${readFileSync(join(path, license), 'utf8').trim()}\n`;
}
