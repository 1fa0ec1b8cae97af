import type { Place } from './options.js';

/** What is wrong with a command line of `ipvsadm`. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
  /** What would have been right. */
  readonly expected: string;
  /** Where it is wrong; absent where that is the line as a whole. */
  readonly place: Place | undefined;
  /** The exit status of `ipvsadm`: 2, or 255 for what is no option. */
  readonly status: 2 | 255;

  /** The message is that of `ipvsadm`. */
  constructor(message: string, expected: string, place?: Place, status: 2 | 255 = 2) {
    super(message);
    this.expected = expected;
    this.place = place;
    this.status = status;
  }
}
