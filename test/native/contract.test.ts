import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import test from 'ava';
import ts from 'typescript';

const root = process.cwd();
const declarations = ts.createSourceFile(
  'native.d.ts',
  readFileSync(resolve(root, 'types/native.d.ts'), 'utf8'),
  ts.ScriptTarget.Latest,
);
const addon = createRequire(import.meta.url)('node-gyp-build')(root) as Record<string, unknown>;

function declared(name: string): ts.InterfaceDeclaration | ts.TypeAliasDeclaration {
  const found = declarations.statements.find(
    (each): each is ts.InterfaceDeclaration | ts.TypeAliasDeclaration =>
      (ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each)) &&
      each.name.text === name,
  );
  if (found === undefined) throw new Error(`native.d.ts declares no ${name}`);
  return found;
}

/** The members of an interface, each with its type. */
function membersOf(name: string): Map<string, ts.TypeNode | undefined> {
  const declaration = declared(name);
  if (!ts.isInterfaceDeclaration(declaration)) throw new Error(`${name} is no interface`);
  return new Map(
    declaration.members.map((member) => [
      (member.name as ts.Identifier).text,
      ts.isPropertySignature(member) ? member.type : undefined,
    ]),
  );
}

/** The strings of a union. */
function stringsOf(type: ts.TypeNode): string[] {
  const parts = ts.isUnionTypeNode(type) ? type.types : [type];
  return parts.map((part) => {
    if (!ts.isLiteralTypeNode(part) || !ts.isStringLiteral(part.literal))
      throw new Error('not a string');
    return part.literal.text;
  });
}

function aliasOf(name: string): string[] {
  const declaration = declared(name);
  if (!ts.isTypeAliasDeclaration(declaration)) throw new Error(`${name} is no alias`);
  return stringsOf(declaration.type);
}

const sorted = (names: Iterable<string>) => [...names].sort();

test('the addon exports what its contract says, and nothing else', (t) => {
  t.deepEqual(sorted(Object.keys(addon)), sorted(membersOf('NativeAddon').keys()));
});

for (const [property, alias] of [
  ['commands', 'NativeCommand'],
  ['tables', 'NativeTable'],
  ['transports', 'NativeTransport'],
  ['sources', 'NativeSource'],
  ['presence', 'NativePresence'],
  ['places', 'NativePlace'],
] as const) {
  test(`the addon's ${property} are those of the contract`, (t) => {
    const numbers = addon[property] as Record<string, number>;
    t.deepEqual(sorted(Object.keys(numbers)), sorted(aliasOf(alias)));
    t.is(new Set(Object.values(numbers)).size, Object.keys(numbers).length);
    t.true(Object.values(numbers).every((number) => Number.isInteger(number) && number >= 0));
  });
}

test("the addon's records have the fields of the contract, inside the record and apart from each other", (t) => {
  const layouts = addon['layouts'] as Record<
    string,
    { size: number; fields: Record<string, { type: string; offset: number; length: number }> }
  >;
  const expected = membersOf('NativeLayouts');
  t.deepEqual(sorted(Object.keys(layouts)), sorted(expected.keys()));
  const kinds = stringsOf(membersOf('NativeField').get('type') as ts.TypeNode);
  for (const [name, type] of expected) {
    const argument = (type as ts.TypeReferenceNode).typeArguments?.[0] as ts.TypeNode;
    const { size, fields } = layouts[name] as (typeof layouts)[string];
    t.deepEqual(sorted(Object.keys(fields)), sorted(stringsOf(argument)), name);
    const taken = new Set<number>();
    for (const [field, { type: kind, offset, length }] of Object.entries(fields)) {
      t.true(kinds.includes(kind), `${name}.${field}`);
      t.true(offset + length <= size, `${name}.${field}`);
      // A request is about a service, a daemon or a device: they share one place.
      if (name === 'request' && (field === 'daemon' || field === 'device')) {
        t.like(fields['service'], { offset }, field);
        continue;
      }
      for (let byte = offset; byte < offset + length; byte += 1) {
        t.false(taken.has(byte), `${name}.${field}`);
        taken.add(byte);
      }
    }
  }
});

test('records that are let go of are empty', (t) => {
  const release = addon['release'] as (records: Uint8Array) => void;
  const records = new Uint8Array(64).fill(1);
  release(records);
  t.is(records.length, 0);
  release(records);
});

test('a handle has the methods of the contract, and they do not depend on what they are called on', async (t) => {
  const open = addon['open'] as (
    namespace: string,
    timeout: number,
    transport: number,
  ) => Record<string, (...args: unknown[]) => unknown>;
  const handle = open('', 1000, 0);
  t.deepEqual(sorted(Object.keys(handle)), sorted(membersOf('NativeHandle').keys()));
  const { progress, close } = handle;
  t.is(typeof progress?.call({}), 'number');
  await close?.call(undefined);
});

test('what does not fit the contract is refused with a TypeError', async (t) => {
  const open = addon['open'] as (
    ...args: unknown[]
  ) => Record<string, (...args: unknown[]) => unknown>;
  t.throws(() => open(), { instanceOf: TypeError });
  t.throws(() => open(1, 1, 0), { instanceOf: TypeError });
  for (const transport of [undefined, 'auto', -1, 3, Number.NaN]) {
    t.throws(() => open('', 1000, transport), { instanceOf: TypeError });
  }
  const release = addon['release'] as (records?: unknown) => void;
  for (const records of [undefined, 1, {}, new ArrayBuffer(8)]) {
    t.throws(() => release(records), { instanceOf: TypeError });
  }
  const handle = open('', 1000, 0);
  for (const args of [
    [],
    [new Uint8Array(1), 1, 1],
    [new Uint8Array(1000), 1000, 1],
    [new Uint8Array(1000), 0, 1],
    [new Uint8Array(1000), -1, 1],
    [new Uint32Array(1000), 1, 1],
    [{}, 1, 1],
    [new Uint8Array(1000), 1, 'one'],
  ]) {
    t.throws(() => handle['submit']?.(...args), { instanceOf: TypeError });
  }
  for (const args of [
    [],
    [99, new Uint8Array(1000), 1],
    [-1, new Uint8Array(1000), 1],
    [0, new Uint8Array(1), 1],
  ]) {
    t.throws(() => handle['read']?.(...args), { instanceOf: TypeError });
  }
  const { net } = addon['places'] as Record<string, number>;
  for (const args of [
    [],
    [99, 'ip_vs_stats', 1],
    [-1, 'ip_vs_stats', 1],
    [net, 1, 1],
    [net, 'ip_vs_stats'],
    [net, '', 1],
    [net, '.', 1],
    [net, '..', 1],
    [net, '../../passwd', 1],
    [net, '/etc/passwd', 1],
    [net, 'ip_vs_stats\0', 1],
    [net, 'x'.repeat(256), 1],
  ]) {
    t.throws(() => handle['readFile']?.(...args), { instanceOf: TypeError });
    const [place, name, ticket] = args;
    t.throws(() => handle['writeFile']?.(place, name, '1', ticket), { instanceOf: TypeError });
  }
  t.throws(() => handle['writeFile']?.(net, 'ip_vs_stats', 1, 1), { instanceOf: TypeError });
  t.throws(() => handle['readFolder']?.(99, 1), { instanceOf: TypeError });
  t.throws(() => handle['readFolder']?.(net), { instanceOf: TypeError });
  const layouts = addon['layouts'] as Record<string, { size: number }>;
  const filterSize = layouts['connectionFilter']?.size ?? 0;
  for (const args of [
    [],
    ['/path'],
    [1, new Uint8Array(filterSize)],
    ['/path', new Uint8Array(filterSize - 1)],
    ['/path', new Uint8Array(filterSize + 1)],
    ['/path', new Uint16Array(filterSize)],
    ['/path', {}],
  ]) {
    t.throws(() => handle['connections']?.(...args), { instanceOf: TypeError });
  }
  const stream = handle['connections']?.('/path', new Uint8Array(filterSize)) as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  t.deepEqual(sorted(Object.keys(stream)), sorted(membersOf('NativeStream').keys()));
  t.throws(() => stream['next']?.(), { instanceOf: TypeError });
  t.is(stream['close']?.(), undefined);
  for (const transport of [undefined, 'auto', -1, 3]) {
    t.throws(() => handle['directLine']?.(transport), { instanceOf: TypeError });
  }
  const line = handle['directLine']?.(0) as Record<string, (...args: unknown[]) => unknown>;
  t.deepEqual(sorted(Object.keys(line)), sorted(membersOf('NativeDirectLine').keys()));
  for (const args of [
    [],
    [new Uint8Array(1), 1],
    [new Uint8Array(1000), 1000],
    [new Uint8Array(1000), 0],
    [new Uint8Array(1000), -1],
    [new Uint32Array(1000), 1],
    [{}, 1],
    [new Uint8Array(1000), 'one'],
  ]) {
    t.throws(() => line['submit']?.(...args), { instanceOf: TypeError });
  }
  for (const args of [
    [],
    [99, new Uint8Array(1000)],
    [-1, new Uint8Array(1000)],
    [0, new Uint8Array(1)],
  ]) {
    t.throws(() => line['read']?.(...args), { instanceOf: TypeError });
  }
  t.throws(() => handle['cancel']?.(), { instanceOf: TypeError });
  t.is(handle['cancel']?.(12345, 0), false);
  await handle['close']?.();
});

test('a direct line is closed with its handle, and does not depend on what it is called on', async (t) => {
  type Methods = Record<string, (...args: unknown[]) => unknown>;
  const open = addon['open'] as (...args: unknown[]) => Methods;
  const { closed } = addon['sources'] as Record<string, number>;
  const { info } = addon['tables'] as Record<string, number>;
  const handle = open('', 1000, 0);
  const before = handle['directLine']?.(0) as Methods;
  await handle['close']?.();
  const after = handle['directLine']?.(0) as Methods;
  for (const { submit, read } of [before, after]) {
    const answer = read?.call(undefined, info, new Uint8Array(1000)) as { status: number };
    t.is(answer.status >>> 16, closed as number);
    const outcomes = submit?.call({}, new Uint8Array(1000), 2) as { statuses: Int32Array };
    t.deepEqual(
      [...outcomes.statuses].map((status) => status >>> 16),
      [closed, closed],
    );
  }
});
