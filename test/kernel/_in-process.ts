import { command, type Outcome } from '../unit/_cli.js';
import type { Namespace } from './_namespace.js';

/** Runs the command `ipvs` in this process, in a namespace: a process of its own takes most of a second to start. */
export function runHere(
  { name }: Pick<Namespace, 'name'>,
  words: readonly string[],
  input = '',
): Promise<Outcome> {
  return command({ real: { netns: name, timeout: 60_000 } }, words, { input });
}

/** Runs our `ipvsadm` in this process, in a namespace. */
export function runOurs(
  namespace: Pick<Namespace, 'name'>,
  words: readonly string[],
  input = '',
): Promise<Outcome> {
  return runHere(namespace, ['ipvsadm', ...words], input);
}
