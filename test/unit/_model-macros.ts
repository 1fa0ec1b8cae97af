import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { InvalidValueError } from '#lib/model/invalid-value-error.js';
import { formatPointer } from '#lib/model/pointer.js';
import { CollectingReport, type Report, throwingReport } from '#lib/model/report.js';

/** A code, a JSON pointer and, where it is worth pinning, what was expected. */
export type Finding = readonly [code: string, path: string, expected?: string];

/**
 * A macro for inputs that a check refuses: collected it reports exactly these errors and answers nothing, thrown it
 * is the first of them.
 */
export function refusesWith(check: (input: unknown, report: Report) => unknown, place?: string) {
  return test.macro({
    exec(t: ExecutionContext, input: unknown, ...findings: readonly Finding[]) {
      const report = new CollectingReport();
      t.is(check(input, report), undefined);
      const errors = report.issues.filter((issue) => issue.severity === 'error');
      t.deepEqual(
        errors.map(({ code, path }) => [code, path]),
        findings.map(([code, path]) => [code, path]),
      );
      for (const [index, [, , expected]] of findings.entries()) {
        if (expected !== undefined)
          t.true(errors[index]?.message.startsWith(`expected ${expected}, got `));
      }

      const error = t.throws(() => check(input, throwingReport), { instanceOf: InvalidValueError });
      const [first] = findings;
      t.is(error.path, formatPointer(first?.[1] ?? ''));
      t.is(error.value, errors[0]?.value);
      if (first?.[2] !== undefined) t.is(error.expected, first[2]);
    },
    title: (_, input, ...findings) =>
      `${show(input, place)} is refused: ${findings.map(([code, path]) => `${code} at “${path}”`).join(', ')}`,
  });
}

/** A macro for inputs that a check takes, with the value it makes of them and the codes of its warnings. */
export function acceptsWith(check: (input: unknown, report: Report) => unknown, place?: string) {
  return test.macro({
    exec(t: ExecutionContext, input: unknown, expected: unknown, ...warnings: readonly string[]) {
      const report = new CollectingReport();
      const value = check(input, report);
      t.deepEqual(
        report.issues.map(({ code }) => code as string),
        [...warnings],
      );
      t.deepEqual(value, expected);
      t.deepEqual(check(input, throwingReport), expected);
    },
    title: (_, input, _expected, ...warnings) =>
      `${show(input, place)} is taken${warnings.length > 0 ? ` with ${warnings.join(', ')}` : ''}`,
  });
}

function show(input: unknown, place: string | undefined): string {
  const text = inspect(input, { breakLength: Infinity });
  return place === undefined ? text : `on ${place}, ${text}`;
}
