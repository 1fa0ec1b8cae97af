import { parseArgs } from 'node:util';

export const usage = `usage: npm run soak -- [OPTION…]

Works for long in the lab and looks whether anything grows or breaks; prints what
it measured as Markdown. Ends with status 1 when something did.

  --operations N   calls on two open handles (default 1000000; 0: none)
  --cycles N       handles opened and closed (default 10000; 0: none)
  --kills N        times that a process is killed in the middle of apply
                   (default 200; 0: none)
  --minutes N      how long two processes reconcile while a third adds and
                   removes (default 60; 0: not at all)
  --seconds N      about how long each step of that is (default 4)
  --seed N         of what happens by chance (default: another each time)
  --markdown FILE  writes what is printed there
  --help           this text
`;

export interface SoakOptions {
  readonly operations: number;
  readonly cycles: number;
  readonly kills: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly seed: number;
  readonly markdown: string | undefined;
}

/** Reads the command line; nothing where it asks for help. */
export function readOptions(words: string[]): SoakOptions | undefined {
  const { values } = parseArgs({
    args: words,
    options: {
      operations: { type: 'string', default: '1000000' },
      cycles: { type: 'string', default: '10000' },
      kills: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '60' },
      seconds: { type: 'string', default: '4' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const number = (name: 'operations' | 'cycles' | 'kills' | 'seed') => {
    const value = Number(values[name]);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new Error(`--${name}: expected a whole number from 0, got ${values[name]}`);
  };
  const time = (name: 'minutes' | 'seconds') => {
    const value = Number(values[name]);
    if (Number.isFinite(value) && value >= 0) return value;
    throw new Error(`--${name}: expected a number from 0, got ${values[name]}`);
  };
  return {
    operations: number('operations'),
    cycles: number('cycles'),
    kills: number('kills'),
    minutes: time('minutes'),
    seconds: time('seconds'),
    seed: number('seed'),
    markdown: values.markdown,
  };
}
