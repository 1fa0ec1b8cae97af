import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { normalize, validate } from '#lib/declarative/document/normalize.js';
import { ValidationError } from '#lib/declarative/document/validation-error.js';

/** A code, a JSON pointer and, where it is worth pinning, a part of the message. */
export type Finding = readonly [code: string, path: string, words?: string];

/** Codes that {@link finds} has seen. */
export const seenCodes = new Set<string>();

const show = (input: unknown) => inspect(input, { breakLength: Infinity, depth: 5 });

/** A macro for documents of which a check finds exactly these errors and warnings, in this order. */
export const finds = test.macro({
  exec(t: ExecutionContext, document: unknown, ...findings: readonly Finding[]) {
    const issues = validate(document);
    t.deepEqual(
      issues.map(({ code, path }) => [code as string, path]),
      findings.map(([code, path]) => [code, path]),
    );
    for (const [index, [, , words]] of findings.entries()) {
      if (words !== undefined)
        t.true(issues[index]?.message.includes(words), issues[index]?.message);
    }
    for (const { code, severity } of issues) {
      t.is(severity, code.startsWith('W_') ? 'warning' : 'error');
      seenCodes.add(code);
    }
    if (issues.some(({ severity }) => severity === 'error')) {
      const error = t.throws(() => normalize(document), { instanceOf: ValidationError });
      t.deepEqual(error.issues, issues);
    } else {
      t.deepEqual(normalize(document).warnings, issues);
    }
  },
  title: (_, document, ...findings) =>
    `${show(document)}: ${findings.map(([code, path]) => `${code} at “${path}”`).join(', ') || 'nothing'}`,
});

/** A document of these services. */
export const documentOf = (...services: readonly unknown[]) => ({ version: 1, services });

export const tcp = { protocol: 'tcp', address: '10.9.0.1', port: 80 };
export const udp = { protocol: 'udp', address: '10.9.0.1', port: 53 };
export const mark = { fwmark: 7 };
