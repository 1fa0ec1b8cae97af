import test from 'ava';
import {
  formatPlan,
  InvalidValueError,
  normalize,
  planFromJSON,
  planToJSON,
  stringifyPlan,
  ValidationError,
  validate,
} from 'ipvs';
import { parseDocument } from '#lib/cli/document-file.js';
import { SourceError, SourceText } from '#lib/cli/source-text.js';
import { StateFile } from '#lib/cli/state-file.js';
import { makeFolder } from './_cli.js';
import { inheritsNothing, isClean, poisoned } from './_hostile.js';
import { everything, plan, web, webId } from './_plan.js';

const document = {
  version: 1,
  defaults: { scheduler: 'rr' },
  services: [
    {
      ...web,
      persistence: { timeout: 60 },
      drain: { deadline: '5s' },
      destinations: [
        { address: '10.1.0.1', forward: 'tunnel', tunnel: { type: 'gue', port: 6080 } },
      ],
    },
    { fwmark: 7, ensure: 'absent' },
  ],
  vips: { device: 'ipvs0', bind: ['10.9.0.1'] },
  timeouts: { tcp: 900 },
  sysctls: { conntrack: 1 },
};

const records = {
  record: { version: 1, services: [webId], vips: [] },
  drains: [
    { service: webId, destination: '10.1.0.1:80', weightBefore: 1, startedAt: 1, deadlineAt: 2 },
  ],
} as const;

const steps = plan({
  before: [{ ...web, destinations: [{ address: '10.2.0.1' }] }],
  after: [
    { ...web, persistence: true, destinations: [{ address: '10.2.0.2', weight: 5 }] },
    { fwmark: 7 },
  ],
  scope: { mode: 'exclusive', exclude: [{ cidr: '10.8.0.0/16', ports: [80, [90, 99]] }] },
  rest: { timeouts: { udp: 60 } },
  actual: { timeouts: { tcp: 900, tcpFin: 120, udp: 300 } },
  drain: { poll: '30s' },
  ...(records as object),
});

test('a document gives no prototype, and takes nothing from one', (t) => {
  const texts = poisoned(document);
  t.is(texts.length, 11);
  t.deepEqual(validate(document), []);
  for (const text of texts) {
    const value: unknown = JSON.parse(text);
    const paths = validate(value).map(({ path }) => path.split('/').at(-1));
    for (const name of ['__proto__', 'constructor', 'prototype'])
      t.true(paths.includes(name), text);
    t.throws(() => normalize(value as never), { instanceOf: ValidationError }, text);
    isClean(t, text);
  }
});

test('so it is in a file, of JSON and of YAML', (t) => {
  for (const json of poisoned(document)) {
    // The second is no JSON, and is read as YAML.
    for (const text of [json, `# YAML\n${json}`]) {
      const parsed = parseDocument(new SourceText('web.yaml', text));
      const error = t.throws(() => parsed.normalize(), { instanceOf: SourceError }, text);
      // One for each of the names.
      t.true(error.findings.length >= 3, text);
      isClean(t, text);
    }
  }
});

test('a merge key and an alias are no way to a prototype', (t) => {
  for (const text of [
    'version: 1\nservices: []\n<<: { __proto__: { polluted: 1 } }\n',
    'version: 1\nservices: &a []\n__proto__: *a\n',
    'version: 1\nservices: []\n? { __proto__: 1 }\n: 1\n',
    'version: 1\nservices: []\n"__proto__": { polluted: 1 }\n__proto__: { polluted: 1 }\n',
    '!!map { __proto__: { polluted: 1 }, version: 1, services: [] }\n',
  ]) {
    t.throws(
      () => parseDocument(new SourceText('web.yaml', text)).normalize(),
      { instanceOf: SourceError },
      text,
    );
    isClean(t, text);
  }
});

test('a plan gives no prototype, and takes nothing from one', (t) => {
  const texts = poisoned(JSON.parse(stringifyPlan(steps)));
  t.true(texts.length > 15);
  for (const text of texts) {
    try {
      const read = planFromJSON(text);
      inheritsNothing(t, read.operations, text);
      inheritsNothing(t, planToJSON(read), text);
      t.is(typeof formatPlan(read), 'string');
    } catch (error) {
      t.true(error instanceof InvalidValueError || error instanceof ValidationError, text);
    }
    isClean(t, text);
  }
});

test('options of a plan and records take nothing from a prototype', (t) => {
  for (const text of poisoned({ drain: { poll: '30s' }, ...records })) {
    try {
      const { options } = plan({ after: [web], scope: everything, ...JSON.parse(text) });
      inheritsNothing(t, options, text);
    } catch (error) {
      t.true(error instanceof InvalidValueError || error instanceof ValidationError, text);
    }
    isClean(t, text);
  }
});

test('a state file gives no prototype, and takes nothing from one', async (t) => {
  const folder = await makeFolder(t);
  for (const text of poisoned({ version: 1, ...records })) {
    const state = await StateFile.open(await folder.write('state.json', text));
    t.deepEqual(state.record as unknown, records.record, text);
    t.deepEqual(state.drains as unknown, records.drains, text);
    inheritsNothing(t, state.record, text);
    inheritsNothing(t, state.drains, text);
    isClean(t, text);
  }
});
