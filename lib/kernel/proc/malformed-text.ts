import { showValue } from '../../model/show-value.js';

/** A text of the kernel's that is not what it should be. */
export class MalformedText extends Error {
  override readonly name = 'MalformedText';

  /** `expected` is what should have stood where `text` does. */
  constructor(expected: string, text: string | undefined) {
    super(`expected ${expected}, got ${text === undefined ? 'the end' : showValue(text)}`);
  }
}
