// Runs programs for a process that is measured: see apart.ts.
import type { Answered, Asked } from './apart.js';
import * as ways from './ipvsadm-ways.js';
import { watchLoop } from './measure.js';
import { addNamespace, limit, removeNamespace } from './programs.js';

const functions = { ...ways, addNamespace, limit, removeNamespace, watchLoop };

export type Functions = typeof functions;

async function answer({ name, words }: Asked): Promise<Answered> {
  try {
    const call = functions[name] as (...words: readonly unknown[]) => unknown;
    return { value: await call(...words) };
  } catch (error) {
    return { error: String(error) };
  }
}

process.on('message', async (asked: Asked) => {
  process.send?.(await answer(asked));
});
