// What the plots show: pages of panels, each with the ways of a work.

/** Whose line it is; each has one colour. */
export type Line = 'limit' | 'plain' | 'lazy' | 'diff' | 'reconcile' | 'connections' | 'ipvsadm';

export interface Panel {
  readonly title: string;
  readonly work: string;
  readonly quantity: 'time' | 'bytes';
  readonly lines: Readonly<Partial<Record<Line, string>>>;
}

export interface Page {
  readonly file: string;
  /** What the size is of. */
  readonly unit: string;
  readonly panels: readonly Panel[];
}

/** What the legend says, and the colour: the palette of Okabe and Ito, which the colour-blind tell apart. */
export const lines: Readonly<Record<Line, { readonly label: string; readonly colour: string }>> = {
  limit: { label: 'the limit: a program in C', colour: '#000000' },
  plain: { label: 'snapshot, plain objects', colour: '#0072b2' },
  lazy: { label: 'snapshot, lazy', colour: '#56b4e9' },
  diff: { label: 'lazy snapshot and diff', colour: '#009e73' },
  reconcile: { label: 'reconcile', colour: '#cc79a7' },
  connections: { label: 'connections()', colour: '#0072b2' },
  ipvsadm: { label: 'ipvsadm, run from Node', colour: '#d55e00' },
};

const limit = 'C, raw netlink';
const ipvsadm = 'execFile ipvsadm -Ln, and parse';
const plain = 'snapshot, plain objects';
const lazy = 'snapshot, lazily';
const connections = {
  limit: 'C, reads and parses the file',
  connections: 'connections()',
};
const listed = { ...connections, ipvsadm: 'execFile ipvsadm -Lnc, and parse' };

const tables: Page = {
  file: 'growth-tables.svg',
  unit: 'destinations',
  panels: [
    {
      title: 'List',
      work: 'list the table',
      quantity: 'time',
      lines: { limit, plain, lazy, ipvsadm },
    },
    {
      title: 'Cycle without a change',
      work: 'list the table',
      quantity: 'time',
      lines: {
        limit,
        diff: 'cycle without a change: snapshot and diff',
        reconcile: 'cycle without a change: reconcile',
        ipvsadm,
      },
    },
    {
      title: 'One service in a hundred changed',
      work: 'change one in a hundred',
      quantity: 'time',
      lines: {
        limit: 'C, raw netlink: list, then change',
        reconcile: 'reconcile',
        ipvsadm: 'execFile ipvsadm -Ln, parse, spawn ipvsadm -R',
      },
    },
    {
      title: 'Full apply, into an empty table',
      work: 'create the table',
      quantity: 'time',
      lines: {
        limit: 'C, raw netlink: create, then list',
        reconcile: 'document, plan, apply',
        ipvsadm: 'spawn ipvsadm -R',
      },
    },
    {
      title: 'Memory that the list takes up',
      work: 'hold the table',
      quantity: 'bytes',
      lines: { limit, plain, lazy, ipvsadm },
    },
  ],
};

const file = 'read a file of connections';
const kernel = 'list the connections';

const tablesOfConnections: Page = {
  file: 'growth-connections.svg',
  unit: 'connections',
  panels: [
    { title: 'A generated file', work: file, quantity: 'time', lines: connections },
    {
      title: 'A generated file: peak memory',
      work: file,
      quantity: 'bytes',
      lines: connections,
    },
    { title: "The kernel's own", work: kernel, quantity: 'time', lines: listed },
    {
      title: "The kernel's own: peak memory",
      work: kernel,
      quantity: 'bytes',
      lines: listed,
    },
  ],
};

export const pages: readonly Page[] = [tables, tablesOfConnections];
