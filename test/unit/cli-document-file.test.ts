import { Readable } from 'node:stream';
import test from 'ava';
import { validate } from 'ipvs';
import type { Context } from '#lib/cli/context.js';
import { parseDocument, readDocumentFile } from '#lib/cli/document-file.js';
import { SourceError, SourceText } from '#lib/cli/source-text.js';
import { makeFolder } from './_cli.js';

const parse = (text: string) => parseDocument(new SourceText('web.yaml', text));

/** What is wrong with a text, as `line:column code` and what is underlined. */
function wrong(text: string, work: () => unknown = () => parse(text).normalize()): string[] {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const shown = error.show((_, part) => part);
    const marks = [...shown.matchAll(/\| (.*)\n {2} *\| ( *)(\^+)/g)].map(
      ([, line = '', padding = '', carets = '']) =>
        line.slice(padding.length, padding.length + carets.length),
    );
    return error.findings.map(
      ({ line, column, code }, index) =>
        `${line}:${column} ${code ?? 'syntax'} ${marks[index] ?? '?'}`,
    );
  }
  return [];
}

const messages = (text: string) => {
  const error = wrongError(text);
  return error.message;
};

function wrongError(text: string): SourceError {
  try {
    parse(text).normalize();
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
  throw new Error('nothing is wrong with it');
}

const yaml = `# what should be
version: 1
services:
  - name: web
    address: 10.9.0.1
    port: 80
    protocol: tcp
    destinations:
      - { address: 10.2.1.2, port: 8080 }
      - { address: 10.2.1.3, port: 8080, weight: 2 }
`;

test('YAML and JSON say the same', (t) => {
  const { value } = parse(yaml);
  t.deepEqual(value as unknown, {
    version: 1,
    services: [
      {
        name: 'web',
        address: '10.9.0.1',
        port: 80,
        protocol: 'tcp',
        destinations: [
          { address: '10.2.1.2', port: 8080 },
          { address: '10.2.1.3', port: 8080, weight: 2 },
        ],
      },
    ],
  });
  t.deepEqual(parse(JSON.stringify({ a: '"b": 1', c: ['d:', {}] })).value as unknown, {
    a: '"b": 1',
    c: ['d:', {}],
  });
  for (const indent of [0, 2]) t.deepEqual(parse(JSON.stringify(value, null, indent)).value, value);
  t.deepEqual(parse(`\t${JSON.stringify(value, null, '\t')}`).value, value, 'tabs in JSON');
});

test('each finding is told where it stands, with the text underlined', (t) => {
  const text = `version: 1
services:
  - { address: 10.9.0.1, port: 80, protocol: tcp, schedular: rr }
  - { address: 10.9.0.1, port: 80, protocol: TCP }
  - address: 10.9.0.2
    port: 0
    protocol: udp
    destinations:
      - address: fd02::2
        weight: -1
      - weight: 1
`;
  t.deepEqual(wrong(text), [
    '3:51 E_SCHEMA schedular: rr',
    '4:5 E_DUPLICATE_SERVICE { address: 10.9.0.1, port: 80, protocol: TCP }',
    '6:11 E_PORT_ZERO 0',
    '9:18 E_FAMILY_MIX fd02::2',
    '10:17 E_WEIGHT -1',
    '11:9 E_ADDRESS weight: 1',
  ]);
  const inJson =
    '{"version": 1, "services": [{"address": "10.9.0.1", "port": 99999, "protocol": "tcp"}]}';
  t.deepEqual(wrong(inJson), ['1:61 E_PORT 99999']);
});

test('a document that is something else, or lacks something', (t) => {
  t.deepEqual(wrong('[1, 2]'), ['1:1 E_SCHEMA [1, 2]']);
  t.deepEqual(wrong('hello\n'), ['1:1 E_SCHEMA hello']);
  t.deepEqual(wrong('services: []\n'), ['1:1 E_VERSION services: []']);
  t.deepEqual(wrong('version: 2\nservices: []\n'), ['1:10 E_VERSION 2']);
  t.deepEqual(wrong('version: 1\nservices:\n'), ['2:1 E_SCHEMA services']);
});

test('warnings come with errors, and alone', (t) => {
  const service = '{ address: "::ffff:10.9.0.1", port: 80, protocol: tcp }';
  const text = `version: 1\nservices:\n  - ${service}\n`;
  const parsed = parse(text);
  const { warnings } = parsed.normalize();
  t.deepEqual(
    parsed
      .findings(warnings)
      .map(({ severity, code, start, end }) => [severity, code, text.slice(start, end)]),
    [['warning', 'W_ADDRESS_MAPPED', '"::ffff:10.9.0.1"']],
  );
  const both = wrongError(`${text}  - 7\n`);
  t.deepEqual(
    both.findings.map(({ severity, code }) => `${severity} ${code}`),
    ['warning W_ADDRESS_MAPPED', 'error E_SCHEMA'],
  );
});

test('mistakes of YAML and of JSON are told with their place', (t) => {
  t.deepEqual(wrong('version: 1\nversion: 1\nservices: []\n'), ['2:1 syntax version']);
  t.deepEqual(wrong('{"a": 1, "a": 2}'), ['1:10 syntax "a"']);
  t.deepEqual(wrong('{"a": {"b\\"": ":", "b\\"": 2}}'), ['1:20 syntax "b']);
  t.deepEqual(wrong('[{"a": 1}, {"a": 1}]'), ['1:1 E_SCHEMA [{"a": 1}, {"a": 1}]']);
  t.regex(messages('{"version": 1, "services": [}'), /^web\.yaml:1:29: /);
  t.regex(messages('version: 1\nservices: [\n'), /^web\.yaml:\d:\d+: /);
  t.regex(messages('a: b: c\n'), /^web\.yaml:1:\d: /);
  t.regex(messages('a: "b\n'), /^web\.yaml:\d:\d: /);
  t.regex(messages('services: *nobody\n'), /^web\.yaml:1:11: Unresolved alias/);
});

test('one document, and not none', (t) => {
  t.regex(messages(''), /expected a document, got an empty text/);
  t.regex(messages('# nothing\n'), /expected a document|expected an object|a document/);
  t.deepEqual(wrong('version: 1\nservices: []\n---\nversion: 1\n'), ['4:1 syntax version: 1']);
  t.regex(messages('a: 1\n---\nb: 2\n'), /expected one document, and another begins here/);
  t.notThrows(() => parse('---\nversion: 1\nservices: []\n...\n').normalize());
  t.notThrows(() => parse('%YAML 1.2\n---\nversion: 1\nservices: []\n').normalize());
});

test('tags of other kinds are not taken', (t) => {
  for (const tag of [
    '!!binary aGk=',
    '!!set {a}',
    '!mine 1',
    '!!js/function "x"',
    '!!timestamp 2001-01-01',
  ]) {
    t.regex(messages(`version: 1\nservices: ${tag}\n`), /^web\.yaml:2:\d+: /, tag);
  }
  t.notThrows(() => parse('version: !!int 1\nservices: []\n').normalize());
});

test('names are texts, and << is one of them', (t) => {
  t.regex(messages('version: 1\n? [a, b]\n: 1\n'), /^web\.yaml:2:3: .*keys must be strings/);
  const merged =
    'version: 1\nservices:\n  - <<: { port: 80 }\n    address: 10.0.0.1\n    protocol: tcp\n';
  t.true(wrong(merged).includes('3:5 E_SCHEMA <<: { port: 80 }'));
});

test('anchors can be used, and a finding in one is told where that stands', (t) => {
  const text = `version: 1
services:
  - &web { address: 10.9.0.1, port: 80, protocol: tcp, destinations: &all [{ address: 10.2.0.1, weight: -3 }] }
  - { address: 10.9.0.2, port: 80, protocol: tcp, destinations: *all }
`;
  t.deepEqual(wrong(text), ['3:105 E_WEIGHT -3', '3:105 E_WEIGHT -3']);
});

test('anchors cannot be used to make a little text huge', (t) => {
  const levels = Array.from({ length: 12 }, (_, level) =>
    level === 0
      ? 'l0: &l0 [x, x, x, x, x, x, x, x, x, x]'
      : `l${level}: &l${level} [${Array(10)
          .fill(`*l${level - 1}`)
          .join(', ')}]`,
  );
  t.regex(messages(`${levels.join('\n')}\n`), /Excessive alias count/);
  t.true(wrong('version: 1\nservices: &a [*a]\n').length > 0, 'what contains itself');
});

test('what is nested without end is an error as any other', (t) => {
  const deep = `version: 1\nservices: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`;
  t.regex(messages(deep), /nested too deeply/);
  t.regex(messages(`${'['.repeat(20_000)}${']'.repeat(20_000)}`), /nested too deeply|a document/);
});

test('names that mean something to JavaScript change nothing else', (t) => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];
  for (const name of names) {
    for (const text of [
      `version: 1\nservices: []\n${name}: { polluted: true }\n`,
      `{"version": 1, "services": [], "${name}": {"polluted": true}}`,
    ]) {
      const { value } = parse(text);
      t.is(Object.getPrototypeOf(value), Object.prototype, text);
      t.true(Object.hasOwn(value as object, name), text);
      t.regex(messages(text), /expected no field of this name/, text);
    }
  }
  const inside = parse(
    'version: 1\nservices:\n  - { address: 10.0.0.1, port: 80, protocol: tcp, __proto__: { weight: 9 } }\n',
  );
  t.is(validate(inside.value)[0]?.path, '/services/0/__proto__');
  const sysctls = parse('version: 1\nservices: []\nsysctls: { __proto__: { polluted: 1 } }\n');
  t.throws(() => sysctls.normalize(), { instanceOf: SourceError });
  t.is(({} as Record<string, unknown>)['polluted'], undefined);
});

test('a large document is read, and the last of it is found', (t) => {
  const services = Array.from({ length: 2000 }, (_, index) => ({
    address: `10.${index >> 8}.${index & 255}.1`,
    port: 80,
    protocol: 'tcp',
    destinations: Array.from({ length: 5 }, (_, each) => ({ address: `10.200.0.${each + 1}` })),
  }));
  const text = JSON.stringify({ version: 1, services }, null, 1);
  t.is(parse(text).normalize().services.length, 2000);
  const bad = `${text.slice(0, text.lastIndexOf('10.200.0.5'))}10.200.0.x"}]}]}`;
  t.regex(messages(bad), /web\.yaml:\d{5}:\d+: expected an? .*address/);
});

const from = (input: string | Buffer) => ({ stdin: Readable.from([input]) }) as unknown as Context;

test('a file and standard input can be read', async (t) => {
  const folder = await makeFolder(t);
  const file = await folder.write('web.yaml', `\uFEFF${yaml}`);
  t.is((await readDocumentFile(from(''), file)).normalize().services.length, 1);
  const read = await readDocumentFile(from(yaml), '-');
  t.is(read.normalize().services.length, 1);
  t.is(read.source.name, 'standard input');
});

test('what cannot be read is an error that names the file', async (t) => {
  const folder = await makeFolder(t);
  const missing = folder.path('none.yaml');
  await t.throwsAsync(readDocumentFile(from(''), missing), {
    message: `${missing}: no such file or directory`,
  });
  await t.throwsAsync(readDocumentFile(from(''), folder.path('.')), {
    message: /: illegal operation on a directory$/,
  });
  await t.throwsAsync(readDocumentFile(from(Buffer.from([0x76, 0xff, 0xfe])), '-'), {
    message: /UTF-8/,
  });
});
