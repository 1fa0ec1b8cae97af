import test from 'ava';
import { InvalidValueError, parseRules, RuleSyntaxError } from 'ipvs';
import { parseDocument } from '#lib/cli/document-file.js';
import { SourceError, SourceText } from '#lib/cli/source-text.js';
import { parseDuration } from '#lib/declarative/document/duration.js';
import { parseAddress } from '#lib/model/address.js';
import { parseDestinationId } from '#lib/model/destination-id.js';
import { parseNetmask } from '#lib/model/netmask.js';
import { parseNetwork } from '#lib/model/network.js';
import { parseServiceId } from '#lib/model/service-id.js';
import { web } from './_plan.js';

// Nothing is timed. What took time by the square of these lengths would take hours.
const long = 2_000_000;

const texts = [
  ...[
    '1',
    '9',
    '.',
    ':',
    '[',
    ']',
    '-',
    ' ',
    '/',
    '%',
    'a',
    'fd09::',
    '1.',
    '0x',
    '\u0000',
    '\ud83d\ude00',
  ].map((part) => part.repeat(long / part.length)),
  `tcp/10.9.0.1:${'8'.repeat(long)}`,
  `tcp/[${'0:'.repeat(long / 2)}]:80`,
  `fwmark/${'0'.repeat(long)}1`,
  `${'1'.repeat(long)}ms`,
];

test('a long text that is no address, no id and no duration is told at once, and in few words', (t) => {
  for (const text of texts) {
    t.is(parseAddress(text), undefined);
    t.is(parseNetwork(text), undefined);
    t.is(parseNetmask(text, 'ipv4'), undefined);
    t.is(parseDuration(text), undefined);
    for (const parse of [parseServiceId, parseDestinationId]) {
      const { message } = t.throws(() => parse(text), { instanceOf: InvalidValueError });
      t.true(message.length < 1000);
    }
  }
});

test('a long line of rules is told at once', (t) => {
  const lines = [
    // Nothing but blanks is no line.
    ...texts.filter((text) => text.trim() !== ''),
    ...texts.map((text) => `-A -t ${text}`),
    ...texts.map((text) => `-a -t 10.9.0.1:80 -r ${text}`),
    ...['-A', '-f 1', '--ops', 'ops', 'pe'].map((part) => `${part} `.repeat(long / 100)),
    `-A -t 10.9.0.1:80 -s sh -b ${'sh-port,'.repeat(long / 100)}x`,
  ];
  for (const line of lines) t.throws(() => parseRules(line), { instanceOf: RuleSyntaxError });
});

const wrong = (text: string): SourceError => {
  try {
    parseDocument(new SourceText('web.yaml', text)).normalize();
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
  throw new Error('it is right');
};

test('a long line with much wrong in it has the place of each', (t) => {
  const count = 20_000;
  const services = Array.from({ length: count }, () => ({ ...web, address: '\u{1f600}', port: 1 }));
  const text = JSON.stringify({ version: 1, services });
  const { findings } = wrong(text);
  t.is(findings.length, count);
  const characters = [...text];
  for (const { line, column } of findings.filter((_, index) => index % (count - 1) === 0)) {
    t.is(line, 1);
    t.is(characters.slice(column - 1, column + 2).join(''), '"\u{1f600}"');
  }
});

test('a document of many fields has the place of each that is wrong', (t) => {
  const count = 4000;
  const sysctls = Array.from({ length: count }, (_, index) => `  no such ${index}: 1\n`);
  const { findings } = wrong(`version: 1\nservices: []\nsysctls:\n${sysctls.join('')}`);
  t.deepEqual(
    findings.map(({ line }) => line),
    sysctls.map((_, index) => index + 4),
  );
});
