import { createInterface } from 'node:readline';
import type { Context, Output } from '../context.js';

/** Whether somebody is there to be asked. */
export function canAsk({ stdin }: Pick<Context, 'stdin'>): boolean {
  return stdin.isTTY === true;
}

/**
 * Asks a person, who has to say yes. The terminal stays as it is: it echoes, and ^C is a signal. Rejects with the
 * signal's reason when that is aborted.
 */
export function confirm(
  { stdin }: Pick<Context, 'stdin'>,
  output: Output,
  question: string,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const lines = createInterface({ input: stdin, terminal: false });
    const abort = () => {
      output.write('\n');
      reject(signal.reason);
      lines.close();
    };
    signal.addEventListener('abort', abort, { once: true });
    lines.once('line', (line) => {
      resolve(/^\s*y(es)?\s*$/i.test(line));
      lines.close();
    });
    lines.once('close', () => {
      signal.removeEventListener('abort', abort);
      // The end of the input is no yes.
      resolve(false);
    });
    output.write(`${question} [y/N] `);
  });
}
