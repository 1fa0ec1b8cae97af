import type { Details } from '../kernel/errors.js';

/** What the kernel refuses a request with, before it is known which call that was. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** The errno's name: `EEXIST`. */
  readonly code: string;
  readonly details: Details;

  constructor(code: string, details: Details = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }
}
