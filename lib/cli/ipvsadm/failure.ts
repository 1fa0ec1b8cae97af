/** A command line came to nothing. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly status: number;

  /** The message is what is printed. */
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}
