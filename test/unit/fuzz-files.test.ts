import test from 'ava';
import fc from 'fast-check';
import { InvalidValueError, planFromJSON, planToJSON, stringifyPlan, ValidationError } from 'ipvs';
import { parseDocument } from '#lib/cli/document-file.js';
import { SourceError, SourceText } from '#lib/cli/source-text.js';
import { StateFile } from '#lib/cli/state-file.js';
import { makeFolder } from './_cli.js';
import { goodDocument } from './_document-arbitraries.js';
import { plan, web, webId } from './_plan.js';

const steps = plan({
  before: [{ ...web, destinations: [{ address: '10.2.0.1' }] }],
  after: [
    { ...web, persistence: true, destinations: [{ address: '10.2.0.2', weight: 5 }] },
    { fwmark: 7, destinations: [{ address: '10.2.0.3', forward: 'direct' }] },
  ],
  rest: { timeouts: { udp: 60 }, vips: { device: 'ipvs0' } },
  actual: { timeouts: { tcp: 900, tcpFin: 120, udp: 300 } },
});

const state = {
  version: 1,
  record: { version: 1, services: [webId], vips: ['10.9.0.1/32 on ipvs0'] },
  drains: [
    { service: webId, destination: '10.1.0.1:80', weightBefore: 1, startedAt: 1, deadlineAt: 2 },
  ],
};

const anyValue = fc.oneof(
  fc.constantFrom<unknown>(null, -1, 0.5, 1e308, '', 'x', [], {}, true, webId, '10.2.0.1:80', [
    'weight',
  ]),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A value with others in some of its places. */
function changed(value: unknown, at: readonly number[], by: unknown): unknown {
  const [step, ...rest] = at;
  if (step === undefined || typeof value !== 'object' || value === null) return by;
  const names = Object.keys(value);
  if (names.length === 0) return by;
  const name = names[step % names.length] as string;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...value };
  copy[name] = changed((value as Record<string, unknown>)[name], rest, by);
  return copy;
}

const isRefusal = (error: unknown) =>
  error instanceof InvalidValueError || error instanceof ValidationError;

const place = fc.array(fc.nat(40), { minLength: 1, maxLength: 7 });

/** A text with some of it left out, said twice, or replaced. */
const damage = fc.tuple(
  fc.nat(),
  fc.nat(20),
  fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom('"', '{', ']', '\n', '\t', '&a ', '*a', ': ', '- ', '\u0000', '!!js '),
  ),
);
const damaged = (text: string, [at, size, by]: readonly [number, number, string]): string => {
  const start = at % (text.length + 1);
  return `${text.slice(0, start)}${by}${text.slice(start + size)}`;
};

test('whatever stands in a plan, it is one, or what is wrong is told', (t) => {
  const json: unknown = JSON.parse(stringifyPlan(steps));
  fc.assert(
    fc.property(fc.array(fc.tuple(place, anyValue), { minLength: 1, maxLength: 3 }), (changes) => {
      let hostile = json;
      for (const [at, by] of changes) hostile = changed(hostile, at, by);
      try {
        const read = planFromJSON(hostile as never);
        // What was read is written as it was understood.
        t.deepEqual(planToJSON(planFromJSON(planToJSON(read))), planToJSON(read));
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});

test('whatever the text of a plan, it is one, or an InvalidValueError', (t) => {
  const text = stringifyPlan(steps);
  fc.assert(
    fc.property(damage, (harm) => {
      try {
        t.is(planFromJSON(damaged(text, harm)).operations.length >= 0, true);
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever the text of a document, it is one, or a SourceError with places in the text', (t) => {
  const form = fc.constantFrom(undefined, 1);
  fc.assert(
    fc.property(
      goodDocument,
      form,
      fc.array(damage, { maxLength: 2 }),
      (document, indent, harms) => {
        let text = `${indent === undefined ? '' : '# YAML\n'}${JSON.stringify(document, null, indent)}`;
        for (const harm of harms) text = damaged(text, harm);
        try {
          t.is(
            parseDocument(new SourceText('web.yaml', text)).normalize().services.length >= 0,
            true,
          );
        } catch (error) {
          if (!(error instanceof SourceError)) throw error;
          const lines = text.split('\n');
          for (const { line, column } of error.findings) {
            t.true(line >= 1 && line <= lines.length, error.message);
            t.true(column >= 1 && column <= (lines[line - 1] as string).length + 1, error.message);
          }
          t.true(error.show((_, part) => part).length > 0);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('whatever stands in a state file, it is a state, or an Error that names the file', async (t) => {
  const folder = await makeFolder(t);
  const path = folder.path('state.json');
  const good = JSON.stringify(state);
  const text = fc.oneof(
    fc.tuple(place, anyValue).map(([at, by]) => JSON.stringify(changed(state, at, by))),
    damage.map((harm) => damaged(good, harm)),
  );
  await fc.assert(
    fc.asyncProperty(text, async (text) => {
      await folder.write('state.json', text);
      try {
        const { record, drains } = await StateFile.open(path);
        t.true(Array.isArray(drains));
        t.true(record === undefined || record.version === 1);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        t.true(error.message.startsWith(`${path}: `), error.message);
      }
    }),
    { numRuns: 500 },
  );
});
