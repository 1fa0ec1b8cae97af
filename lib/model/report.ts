import type { ErrorCode, Issue, WarningCode } from '../../types/issue.js';
import { InvalidValueError } from './invalid-value-error.js';
import { formatPointer } from './pointer.js';
import { showValue } from './show-value.js';

/**
 * Where a check says what it finds. Paths are JSON pointers, put together only where something is found: a check is
 * given the pointer of what it checks and appends to it.
 */
export interface Report {
  /** Errors so far; a check that began and ended with the same number found nothing wrong. */
  readonly errorCount: number;
  /** Answers `undefined`, so that a check can return it. */
  error(code: ErrorCode, path: string, value: unknown, expected: string): undefined;
  warn(code: WarningCode, path: string, value: unknown, message: string): void;
}

/** For single calls: the first error is thrown as an {@link InvalidValueError}, warnings are dropped. */
export const throwingReport: Report = {
  errorCount: 0,
  error(_code, path, value, expected) {
    throw new InvalidValueError(formatPointer(path), value, expected);
  },
  warn() {},
};

/** For documents: everything is kept, in the order found. */
export class CollectingReport implements Report {
  readonly issues: Issue[] = [];
  #errorCount = 0;

  get errorCount(): number {
    return this.#errorCount;
  }

  error(code: ErrorCode, path: string, value: unknown, expected: string): undefined {
    return this.refuse(code, path, value, `expected ${expected}, got ${showValue(value)}`);
  }

  /** An error in other words than what was expected and what was found. */
  refuse(code: ErrorCode, path: string, value: unknown, message: string): undefined {
    this.#errorCount += 1;
    this.issues.push({ code, path, message, value, severity: 'error' });
  }

  warn(code: WarningCode, path: string, value: unknown, message: string): void {
    this.issues.push({ code, path, message, value, severity: 'warning' });
  }
}

/** What a check returned. With a report that throws there is always something. */
export function present<Value>(checked: Value | undefined): Value {
  if (checked === undefined) throw new TypeError('a check found an error and did not throw');
  return checked;
}
