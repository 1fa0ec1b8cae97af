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
    name: 'save',
    summary: 'write services, timeouts and sync daemons as rules or as a document',
    load: () => import('./verbs/save.js'),
  },
  {
    name: 'restore',
    summary: 'bring back what was saved, without flushing',
    load: () => import('./verbs/restore.js'),
  },
  {
    name: 'ipvsadm',
    summary: 'do what ipvsadm 1.31 does, with its options and output',
    load: () => import('./verbs/ipvsadm.js'),
  },
];
