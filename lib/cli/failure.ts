import { CommanderError } from 'commander';
import { makePaint, type Paint } from './colour.js';
import { type Context, Interrupted } from './context.js';
import { formatJson } from './json.js';

/** An error that people are shown in a form of its own: a place in a text, for example. */
export abstract class ShownError extends Error {
  /** Lines that say it all, the last one with its newline. */
  abstract show(paint: Paint): string;
}

/** Says why a verb failed: one block on the error stream, or one JSON object. */
export function reportFailure(context: Context, error: unknown, json: boolean): void {
  if (error instanceof CommanderError) {
    // Commander has said it already; the help it was asked for is no failure.
    context.exitCode = error.exitCode;
    return;
  }
  if (error instanceof Interrupted) {
    context.exitCode = error.signal === 'SIGINT' ? 130 : 143;
    return;
  }
  context.exitCode = 1;
  context.stderr.write(
    json ? `${formatJson({ error: describe(error) })}\n` : block(context, error),
  );
}

function block(context: Context, error: unknown): string {
  const paint = makePaint(context, context.stderr);
  if (error instanceof ShownError) return error.show(paint);
  const [first = '', ...rest] = messageOf(error).split('\n');
  const lines = [
    `${paint('red', 'ipvs:')} ${first}`,
    ...rest.map((line) => `  ${line.trimStart()}`),
  ];
  return `${lines.join('\n')}\n`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What an error has to say besides its message. */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message } = error;
  const { stack: _, report: __, ...fields } = error as Error & Record<string, unknown>;
  return { ...fields, name, message };
}
