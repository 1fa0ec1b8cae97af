import type { Issue } from '../../../types/issue.js';

/** Errors that the message names; `issues` has all. */
const mostLines = 1000;

/** A document has errors; nothing has been read or written. */
export class ValidationError extends Error {
  override readonly name = 'ValidationError';
  readonly code = 'ERR_IPVS_INVALID_DOCUMENT';
  /** Everything found, warnings too, in document order. */
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(describe(issues.filter(({ severity }) => severity === 'error')));
    this.issues = issues;
  }
}

function describe(errors: readonly Issue[]): string {
  const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
  const lines = errors.slice(0, mostLines).map(describeError);
  if (errors.length > mostLines) lines.push(`and ${errors.length - mostLines} more`);
  return [`the document has ${count}`, ...lines].join('\n  ');
}

function describeError({ code, path, message }: Issue): string {
  return `${path === '' ? 'document' : path}: ${message} (${code})`;
}
