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
    name: 'connections',
    summary: 'show or count connections',
    load: () => import('./verbs/connections.js'),
  },
  {
    name: 'stats',
    summary: 'show what was counted, once or again and again',
    load: () => import('./verbs/stats.js'),
  },
  {
    name: 'top',
    summary: 'watch services and their destinations on the whole terminal',
    load: () => import('./verbs/top.js'),
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
    name: 'watch',
    summary: 'keep what is there as a document says',
    load: () => import('./verbs/watch.js'),
  },
  {
    name: 'export',
    summary: 'write a document that asks for what is there',
    load: () => import('./verbs/export.js'),
  },
  {
    name: 'drain',
    summary: 'take a destination away without cutting its connections',
    load: () => import('./verbs/drain.js'),
  },
  {
    name: 'set-weight',
    summary: 'change the weight of a destination',
    load: () => import('./verbs/set-weight.js'),
  },
  {
    name: 'timeouts',
    summary: 'show or set how long connections are remembered',
    load: () => import('./verbs/timeouts.js'),
  },
  {
    name: 'sysctl',
    summary: 'show or set the settings of the kernel',
    load: () => import('./verbs/sysctl.js'),
  },
  {
    name: 'daemon',
    summary: 'show, start or stop sync daemons',
    load: () => import('./verbs/daemon.js'),
  },
  {
    name: 'vip',
    summary: 'show, bind or take away virtual addresses',
    load: () => import('./verbs/vip.js'),
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
  {
    name: 'metrics',
    summary: 'print metrics for Prometheus, or serve them',
    load: () => import('./verbs/metrics.js'),
  },
  {
    name: 'doctor',
    summary: 'find what keeps the balancer from working',
    load: () => import('./verbs/doctor.js'),
  },
  {
    name: 'lab',
    summary: 'run a command on a Linux kernel that has IPVS',
    load: () => import('./verbs/lab.js'),
  },
  {
    name: 'completion',
    summary: 'print what teaches a shell to complete this command',
    load: () => import('./verbs/completion.js'),
  },
];
