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
    name: 'top',
    summary: 'watch services and their destinations on the whole terminal',
    load: () => import('./verbs/top.js'),
  },
  {
    name: 'lab',
    summary: 'run a command on a Linux kernel that has IPVS',
    load: () => import('./verbs/lab.js'),
  },
];
