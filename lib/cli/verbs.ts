import type { Configure } from './verb.js';

/** A verb before it is loaded: what the list of verbs says of it, and where it is. */
export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly configure: Configure }>;
}

/** Every verb, in the order in which they are listed. A verb loads what it needs when it is used. */
export const verbs: readonly VerbEntry[] = [
  {
    name: 'list',
    summary: 'show services and their destinations',
    load: () => import('./verbs/list.js'),
  },
  {
    name: 'plan',
    summary: 'show what a document would change',
    load: () => import('./verbs/plan.js'),
  },
  {
    name: 'apply',
    summary: 'make what is there what a document says',
    load: () => import('./verbs/apply.js'),
  },
  {
    name: 'export',
    summary: 'write a document that asks for what is there',
    load: () => import('./verbs/export.js'),
  },
  {
    name: 'watch',
    summary: 'keep what is there as a document says',
    load: () => import('./verbs/watch.js'),
  },
  {
    name: 'drain',
    summary: 'take a destination away without cutting its connections',
    load: () => import('./verbs/drain.js'),
  },
];
