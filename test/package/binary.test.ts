import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';

interface Binary {
  readonly machine: string;
  readonly size: number;
  readonly libraries: readonly string[];
  readonly versions: readonly string[];
  readonly exported: readonly string[];
  readonly wanted: readonly string[];
}

interface Tools {
  readBinary(file: string): Binary;
  parseBinary(text: string): Omit<Binary, 'size'>;
  faultsOf(binary: Binary): string[];
}

const tools = (await import(pathToFileURL(join('scripts', 'binary.js')).href)) as Tools;

const fit: Binary = {
  machine: 'AArch64',
  size: 460_000,
  libraries: ['libpthread.so.0', 'libc.so.6', 'ld-linux-aarch64.so.1'],
  versions: ['2.4', '2.17', '2.28'],
  exported: ['napi_register_module_v1', 'node_api_module_get_api_version_v1'],
  wanted: ['napi_create_object', 'node_api_symbol_for'],
};

test('a binary that fits old systems has no faults', (t) => {
  t.deepEqual(tools.faultsOf(fit), []);
});

for (const [change, fault] of [
  [{ size: 1_000_001 }, 'it has 1000001 bytes, more than 1000000'],
  [{ libraries: ['libc.so.6', 'libstdc++.so.6'] }, 'it needs libstdc++.so.6'],
  [{ versions: ['2.4', '2.30'] }, 'it needs glibc 2.30, newer than 2.28'],
  [{ wanted: ['_dl_find_object'] }, 'nobody has _dl_find_object'],
  [{ exported: ['_ZNSt6vector'] }, 'others can see _ZNSt6vector'],
] as const) {
  test(`one is not fit: ${fault}`, (t) => {
    t.deepEqual(tools.faultsOf({ ...fit, ...change }), [fault]);
  });
}

test('what readelf says is understood', (t) => {
  const text = `  Machine:                           AArch64
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
     3: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND bind@GLIBC_2.17 (2)
     4: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND pthread_create@GLIBC_2.4 (3)
     5: 0000000000000000     0 NOTYPE  WEAK   DEFAULT  UND __gmon_start__
     6: 0000000000000000     0 NOTYPE  GLOBAL DEFAULT  UND napi_create_object
    90: 000000000000ada0    32 FUNC    GLOBAL DEFAULT   12 napi_register_module_v1
`;
  t.deepEqual(tools.parseBinary(text), {
    machine: 'AArch64',
    libraries: ['libc.so.6'],
    versions: ['2.4', '2.17'],
    exported: ['napi_register_module_v1'],
    wanted: ['napi_create_object'],
  });
});

test('the addon as it is built here exports what Node looks for, and wants what Node has', (t) => {
  const { exported, wanted } = tools.readBinary(join('build', 'Release', 'ipvs.node'));
  t.true(exported.includes('napi_register_module_v1'));
  t.deepEqual(
    wanted.filter((name) => !/^n(?:api|ode_api)_/.test(name)),
    [],
  );
});

test('binaries that were made for the package are fit', (t) => {
  const files = existsSync('prebuilds') ? readdirSync('prebuilds', { recursive: true }) : [];
  const binaries = files.map(String).filter((file) => file.endsWith('.node'));
  t.deepEqual(
    binaries.flatMap((file) => tools.faultsOf(tools.readBinary(join('prebuilds', file)))),
    [],
  );
});
