import { InvalidValueError } from './invalid-value-error.js';
import { formatPointer } from './pointer.js';
import { showValue } from './show-value.js';
/** For single calls: the first error is thrown as an {@link InvalidValueError}, warnings are dropped. */
export const throwingReport = {
  errorCount: 0,
  error(_code, path, value, expected) {
    throw new InvalidValueError(formatPointer(path), value, expected);
  },
  warn() {},
};
/** For documents: everything is kept, in the order found. */
export class CollectingReport {
  issues = [];
  #errorCount = 0;
  get errorCount() {
    return this.#errorCount;
  }
  error(code, path, value, expected) {
    return this.refuse(code, path, value, `expected ${expected}, got ${showValue(value)}`);
  }
  /** An error in other words than what was expected and what was found. */
  refuse(code, path, value, message) {
    this.#errorCount += 1;
    this.issues.push({ code, path, message, value, severity: 'error' });
  }
  warn(code, path, value, message) {
    this.issues.push({ code, path, message, value, severity: 'warning' });
  }
}
/** What a check returned. With a report that throws there is always something. */
export function present(checked) {
  if (checked === undefined) throw new TypeError('a check found an error and did not throw');
  return checked;
}
