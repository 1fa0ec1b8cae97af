import type { Context } from '../context.js';

/** How events are written. */
export interface EventLogOptions {
  /** An object of JSON on a line of its own instead of words. */
  readonly json: boolean;
}

/** Something that has happened, in words and for programs. */
export interface LoggedEvent {
  readonly event: string;
  readonly text: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Goes to the error stream, where words are written. */
  readonly isProblem?: boolean;
}

/** Writes events as lines, with the time unless the journal of the system has it. */
export class EventLog {
  readonly #context: Context;
  readonly #json: boolean;
  readonly #hasTime: boolean;

  constructor(context: Context, { json }: EventLogOptions) {
    this.#context = context;
    this.#json = json;
    this.#hasTime = context.environment['JOURNAL_STREAM'] === undefined;
  }

  write({ event, text, fields = {}, isProblem = false }: LoggedEvent): void {
    const { stdout, stderr } = this.#context;
    const time = new Date().toISOString();
    if (this.#json) {
      stdout.write(`${JSON.stringify({ time, event, text, ...fields })}\n`);
      return;
    }
    const line = `${event.padEnd(9)} ${text.replaceAll(/\s*\n\s*/g, ' ')}`;
    (isProblem ? stderr : stdout).write(`${this.#hasTime ? `${time} ` : ''}${line}\n`);
  }
}
