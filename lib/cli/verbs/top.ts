import { constants, release, type } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { Ipvs } from '../../kernel/ipvs.js';
import { showsColour } from '../colour.js';
import type { Context, Output } from '../context.js';
import { formatJson } from '../json.js';
import { defaultInterval, parseInterval } from '../top/interval.js';
import { takeReading } from '../top/reading.js';
import type { Terminal } from '../top/screen.js';
import type { Facts } from '../top/texts.js';
import {
  addExamples,
  addJsonOption,
  addKernelOptions,
  type KernelOptions,
  type OutputOptions,
  withIpvs,
} from '../verb.js';

interface TopOptions extends KernelOptions, OutputOptions {
  /** Milliseconds. */
  readonly interval: number;
  readonly once?: boolean;
}

export function configure(command: Command, context: Context): void {
  command
    .option(
      '--interval <seconds>',
      'how often to read, 0.5 to 3600; the kernel refreshes its counters every 2 seconds',
      parseInterval,
      defaultInterval,
    )
    // Asked for out of habit.
    .addOption(new Option('--once').hideHelp());
  fixDefaultText(command);
  addJsonOption(addKernelOptions(command));
  addExamples(
    command,
    ['ipvs top', 'the services of this namespace; ? shows the keys'],
    ['ipvs top --netns blue --interval 5', 'those of another, read every 5 seconds'],
    ['ipvs top --json', 'a line of JSON for each reading, for a program'],
  );
  command.addHelpText('after', '\nNeeds the optional packages ink and react, but not with --json.');
  command.action(async (options: TopOptions) => {
    if (options.once) throw new Error(`--once: ipvs top goes on; ${insteadOfTop}`);
    await (options.json ? printReadings(context, options) : openView(context, options));
  });
}

const insteadOfTop =
  '`ipvs list --rates` shows the same once, `ipvs top --json` prints a line for each reading';

/** Seconds, as they are written. */
function fixDefaultText(command: Command): void {
  const option = command.options.find(({ long }) => long === '--interval');
  option?.default(defaultInterval, String(defaultInterval / 1000));
}

/** Prints every reading as a line of JSON. */
async function printReadings(context: Context, options: TopOptions): Promise<void> {
  const { signal } = context;
  await withIpvs(context, options, async (ipvs) => {
    for (;;) {
      const { at, services, totals } = await takeReading(ipvs, signal);
      const line = { time: new Date(at).toISOString(), totals, services };
      context.stdout.write(`${formatJson(line, 0)}\n`);
      await untilNext(options.interval, signal);
    }
  });
}

async function untilNext(interval: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(interval, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function openView(context: Context, options: TopOptions): Promise<void> {
  const terminal = requireTerminal(context);
  const { show } = await loadView(showsColour(context, context.stdout));
  await withIpvs(context, options, async (ipvs) => {
    const ending = await show({
      terminal,
      keyboard: context.stdin,
      facts: await readFacts(ipvs, options),
      interval: options.interval,
      read: (signal) => takeReading(ipvs, signal),
    });
    if (ending !== undefined) context.exitCode = 128 + constants.signals[ending];
  });
}

function requireTerminal({ stdin, stdout, environment }: Context): Terminal {
  const { TERM } = environment as Record<string, string | undefined>;
  if (!isTerminal(stdout) || stdin.isTTY !== true) {
    throw new Error(`ipvs top needs a terminal; ${insteadOfTop}`);
  }
  if (TERM === undefined || TERM === 'dumb') {
    throw new Error(
      `ipvs top needs a terminal that can be drawn on, TERM is ${TERM ?? 'not set'}; ${insteadOfTop}`,
    );
  }
  return stdout;
}

function isTerminal(output: Output): output is Output & Terminal {
  return output.isTTY === true && 'rows' in output && 'on' in output;
}

/** Loads what draws the view. It is optional: `npm install --omit=optional` leaves it out. */
async function loadView(hasColour: boolean): Promise<typeof import('../top/show.js')> {
  // Both look at the environment when they are loaded. React's other build keeps a measurement of everything it does.
  process.env['NODE_ENV'] = 'production';
  delete process.env['DEV'];
  if (!hasColour) process.env['FORCE_COLOR'] = '0';
  try {
    await Promise.all([import('ink'), import('react')]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(
      'ipvs top needs the packages ink and react, which are optional and not installed here:\nnpm install ink@6 react@19',
      { cause: error },
    );
  }
  return import('../top/show.js');
}

async function readFacts(ipvs: Ipvs, { netns }: KernelOptions): Promise<Facts> {
  const { version } = await ipvs.info();
  return {
    kernel: `${type()} ${release()}`,
    version,
    transport: ipvs.transport,
    namespace: netns,
  };
}
