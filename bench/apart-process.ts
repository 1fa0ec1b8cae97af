// Runs programs for a process that is measured: see apart.ts.
import type { Asked } from './apart.js';
import { answerAsked } from './helper.js';
import * as ways from './ipvsadm-ways.js';
import { watchLoop } from './measure.js';
import { addNamespace, limit, removeNamespace } from './programs.js';

const functions = { ...ways, addNamespace, limit, removeNamespace, watchLoop };

export type Functions = typeof functions;

answerAsked(({ name, words }: Asked) => {
  const call = functions[name] as (...words: readonly unknown[]) => unknown;
  return call(...words);
});
