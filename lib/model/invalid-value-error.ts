import { showValue } from './show-value.js';

/** What the caller wrote is wrong; nothing has been sent to the kernel. */
export class InvalidValueError extends TypeError {
  override readonly name = 'InvalidValueError';
  readonly code = 'ERR_IPVS_INVALID_VALUE';
  /** Where the value stands in what the caller passed: `persistence.netmask`; empty for the whole. */
  readonly path: string;
  readonly value: unknown;
  /** What would have been right: `a whole number from 0 to 65535`. */
  readonly expected: string;

  constructor(path: string, value: unknown, expected: string) {
    super(`${path === '' ? '' : `${path}: `}expected ${expected}, got ${showValue(value)}`);
    this.path = path;
    this.value = value;
    this.expected = expected;
  }
}
