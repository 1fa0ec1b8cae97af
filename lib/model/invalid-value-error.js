import { showValue } from './show-value.js';
/** What the caller wrote is wrong; nothing has been sent to the kernel. */
export class InvalidValueError extends TypeError {
  name = 'InvalidValueError';
  code = 'ERR_IPVS_INVALID_VALUE';
  /** Where the value stands in what the caller passed: `persistence.netmask`; empty for the whole. */
  path;
  value;
  /** What would have been right: `a whole number from 0 to 65535`. */
  expected;
  constructor(path, value, expected) {
    super(`${path === '' ? '' : `${path}: `}expected ${expected}, got ${showValue(value)}`);
    this.path = path;
    this.value = value;
    this.expected = expected;
  }
}
