import { parseArgs } from 'node:util';

export const usage = `usage: npm run bench -- [OPTION…]

Measures the library beside the limit, a C program on a raw socket, and beside
ipvsadm. What is printed are ratios of one boot: times of two boots say nothing.

  --tables LIST      services x destinations, with commas between
                     (default 1000x10,5000x5,10000x10)
  --connections N    entries of the connection table (default 20000; 0: none);
                     kernels up to 6.12 take four times as long for twice as many
  --rounds N         of which the medians are (default 5)
  --json FILE        writes everything that was measured there
  --markdown FILE    writes what is printed there
  --help             this text
`;

export interface BenchOptions {
  readonly tables: readonly string[];
  readonly connections: number;
  readonly rounds: number;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
}

/** Reads the command line; nothing where it asks for help. */
export function readOptions(words: string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: words,
    options: {
      tables: { type: 'string', default: '1000x10,5000x5,10000x10' },
      connections: { type: 'string', default: '20000' },
      rounds: { type: 'string', default: '5' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const tables = values.tables.split(',');
  if (!tables.every((table) => /^[1-9]\d*x[1-9]\d*$/.test(table))) {
    throw new Error(`--tables: expected for instance 1000x10,5000x5, got ${values.tables}`);
  }
  const { json, markdown } = values;
  return {
    tables,
    connections: wholeNumber('--connections', values.connections, 0),
    rounds: wholeNumber('--rounds', values.rounds, 1),
    json,
    markdown,
  };
}

function wholeNumber(name: string, text: string, lowest: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= lowest) return number;
  throw new Error(`${name}: expected a whole number from ${lowest}, got ${text}`);
}
