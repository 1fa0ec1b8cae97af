import { styleText } from 'node:util';
import type { Context, Output } from './context.js';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Gives text a style, where the reader's terminal shows styles. */
export type Paint = (style: Style, text: string) => string;

/** Colour is for terminals, unless `NO_COLOR` or `FORCE_COLOR` says otherwise. */
export function showsColour(
  { environment }: Pick<Context, 'environment'>,
  { isTTY }: Output,
): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment as Record<string, string | undefined>;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  return FORCE_COLOR !== undefined ? FORCE_COLOR !== '0' : isTTY === true && TERM !== 'dumb';
}

/** What gives text a style for an output, or leaves it as it is. */
export function makePaint(context: Pick<Context, 'environment'>, output: Output): Paint {
  return showsColour(context, output)
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text;
}
