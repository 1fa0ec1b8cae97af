import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { inspect, promisify } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { validate } from '#lib/declarative/document/normalize.js';
import { anyDocument, goodDocument } from './_document-arbitraries.js';
import { documentOf, mark, tcp, udp } from './_document-macros.js';
import { isTaken } from './_schema-validator.js';

const schema = JSON.parse(await readFile('schema/document.schema.json', 'utf8'));

/** What a file would say. */
const asJson = (document: unknown): unknown => JSON.parse(JSON.stringify(document) ?? 'null');

test('the schema is what the code and the types make of it', async (t) => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['scripts/document-schema.js', '--print'],
    { maxBuffer: 1 << 24 },
  );
  t.true(
    stdout === (await readFile('schema/document.schema.json', 'utf8')),
    'run node scripts/document-schema.js',
  );
});

test('every field has a description', (t) => {
  const places: string[] = [];
  const look = (node: unknown, path: string) => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, value] of Object.entries(node)) {
      if (name === 'properties' && !path.endsWith('/if')) {
        for (const [field, { description }] of Object.entries<{ description?: string }>(value)) {
          places.push(`${path}/${field}`);
          t.regex(description ?? '', /^[A-Z0-9`].*\.$/, `${path}/${field}`);
        }
      }
      look(value, `${path}/${name}`);
    }
  };
  look(schema, '');
  t.true(places.length > 60);
});

test('what validate takes the schema takes', (t) => {
  fc.assert(
    fc.property(goodDocument, (document) => t.true(isTaken(asJson(document), schema))),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(anyDocument, (document) => {
      if (validate(document).every(({ severity }) => severity !== 'error')) {
        t.true(isTaken(asJson(document), schema));
      }
    }),
    { numRuns: 2000 },
  );
});

const address = '10.2.1.2';
const sections = (sections: object) => ({ ...documentOf(), ...sections });

const takes = test.macro({
  exec(t, document: unknown) {
    t.deepEqual(
      validate(document).filter(({ severity }) => severity === 'error'),
      [],
    );
    t.true(isTaken(asJson(document), schema));
  },
  title: (_, document) =>
    `the schema takes ${inspect(document, { depth: 5, breakLength: Infinity })}`,
});

test(takes, documentOf(tcp, udp, mark, { ...mark, family: 'ipv6' }));
test(takes, documentOf({ ...tcp, protocol: 'Tcp' }, { ...udp, protocol: 17 }));
test(takes, documentOf({ ...tcp, ensure: 'absent', name: 'x', drain: { mode: 'immediate' } }));
test(takes, documentOf({ ...mark, ensure: 'absent' }));
test(takes, documentOf({ ...tcp, ensure: 'present', ignore: ['weight'], drain: { poll: '1s' } }));
test(takes, sections({ sysctls: { sync_threshold: [3, 50], of_a_later_kernel: -1 } }));
test(takes, sections({ vips: { device: 'ipvs0', bind: ['fd09::1'] } }));

const refuses = test.macro({
  exec(t, document: unknown) {
    t.true(validate(document).some(({ severity }) => severity === 'error'));
    t.false(isTaken(asJson(document), schema));
  },
  title: (_, document) =>
    `the schema refuses ${inspect(document, { depth: 5, breakLength: Infinity })}`,
});

test(refuses, null);
test(refuses, []);
test(refuses, {});
test(refuses, { version: 1 });
test(refuses, { services: [] });
test(refuses, { version: 2, services: [] });
test(refuses, sections({ service: [] }));
test(refuses, sections({ defaults: { wieght: 1 } }));
test(refuses, sections({ vips: {} }));
test(refuses, sections({ vips: { device: 'ipvs0', own: 'all' } }));
test(refuses, sections({ timeouts: {} }));
test(refuses, sections({ timeouts: { tcp: 0 } }));
test(refuses, sections({ sysctls: { 'net.ipv4.vs.conntrack': 1 } }));
test(refuses, sections({ sysctls: { conntrack: 2 } }));
test(refuses, sections({ sysctls: { of_a_later_kernel: 'x' } }));
test(refuses, documentOf('tcp/10.9.0.1:80'));
test(refuses, documentOf({}));
test(refuses, documentOf({ ...tcp, port: undefined }));
test(refuses, documentOf({ ...tcp, ...mark }));
test(refuses, documentOf({ ...tcp, family: 'ipv4' }));
test(refuses, documentOf({ ...mark, protocol: 'tcp' }));
test(refuses, documentOf({ ...tcp, protocol: 'icmp' }));
test(refuses, documentOf({ ...tcp, schedular: 'rr' }));
test(refuses, documentOf({ ...tcp, scheduler: 'RR' }));
test(refuses, documentOf({ ...tcp, schedulerFlags: ['fallback'] }));
test(refuses, documentOf({ ...tcp, persistence: { timeout: 0 } }));
test(refuses, documentOf({ ...tcp, persistence: { netmask: '24' } }));
test(refuses, documentOf({ ...tcp, name: '' }));
test(refuses, documentOf({ ...tcp, ensure: 'gone' }));
test(refuses, documentOf({ ...tcp, ensure: 'absent', destinations: [] }));
test(refuses, documentOf({ ...tcp, drain: { deadline: '5 minutes' } }));
test(refuses, documentOf({ ...tcp, drain: { poll: 9 } }));
test(refuses, documentOf({ ...tcp, destinations: [{}] }));
test(refuses, documentOf({ ...tcp, destinations: [{ address, weight: -1 }] }));
test(refuses, documentOf({ ...tcp, destinations: [{ address, forward: 'local' }] }));
test(refuses, documentOf({ ...tcp, destinations: [{ address, tunnel: { type: 'vxlan' } }] }));
