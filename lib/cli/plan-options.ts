import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DrainPolicy, NormalizeOptions } from '../../types/document.js';
import type { DiffOptions, OperationKind, Scope, Selector } from '../../types/plan.js';
import { drainTimes, drainWords } from '../declarative/document/drain-policy.js';
import { parseDuration } from '../declarative/document/duration.js';
import { operationKinds } from '../declarative/plan/phases.js';
import type { Mutable } from '../model/fields.js';
import { parseSelector } from './selector.js';
import { oneOf } from './verb.js';

/** What decides whose services a plan is about, and what it may do with them. */
export interface PlanVerbOptions {
  readonly exclusive?: boolean;
  readonly select?: readonly Selector[];
  readonly exclude?: readonly Selector[];
  readonly maxRemovals?: number;
  readonly allow?: readonly OperationKind[];
  readonly allowEmpty?: boolean;
  readonly allowNoScheduler?: boolean;
  readonly ignore?: readonly 'weight'[];
  /** The file that keeps what this owner made. */
  readonly state?: string;
  readonly drainMode?: DrainPolicy['mode'];
  readonly drainUntil?: DrainPolicy['until'];
  readonly drainDeadline?: number;
  readonly drainPoll?: number;
  readonly drainUdp?: DrainPolicy['udp'];
  readonly drainHash?: DrainPolicy['hash'];
}

/** What `drain` is told of how to go about it. */
export interface DrainVerbOptions {
  readonly mode?: DrainPolicy['mode'];
  readonly until?: DrainPolicy['until'];
  readonly deadline?: number;
  readonly poll?: number;
  readonly udp?: DrainPolicy['udp'];
  readonly hash?: DrainPolicy['hash'];
}

/** Their names, but that of the state, without which a saved plan goes. */
export const planOptionNames = [
  'exclusive',
  'select',
  'exclude',
  'maxRemovals',
  'allow',
  'allowEmpty',
  'allowNoScheduler',
  'ignore',
  'drainMode',
  'drainUntil',
  'drainDeadline',
  'drainPoll',
  'drainUdp',
  'drainHash',
] as const satisfies readonly (keyof PlanVerbOptions)[];

/** Gives a command the options of every verb that compares a document with what is there. */
export function addPlanOptions(command: Command): Command {
  command
    .addOption(
      new Option('--exclusive', 'every service of the namespace belongs to the document').conflicts(
        'select',
      ),
    )
    .option(
      '--select <services>',
      'services that belong to the document although it may not name them: 10.9.0.0/24, tcp/10.9.0.1:80, fwmark/1-99, ' +
        'port/80-89, udp, ipv6; with commas, all must match; may be repeated',
      collect(parseSelector),
    )
    .option(
      '--exclude <services>',
      'services that do not, in spite of --exclusive or --select; may be repeated',
      collect(parseSelector),
    )
    .option(
      '--max-removals <number>',
      'the most services that may be removed: 3, or 10% of those there',
      parseLimit,
    )
    .option(
      '--allow <kinds>',
      `the only operations there may be, with commas: ${operationKinds.join(', ')}`,
      parseKinds,
    )
    .option('--allow-empty', 'a document without services is meant')
    .option('--allow-no-scheduler', 'a document may ask for scheduler none')
    .option('--ignore <field>', 'leave the weight of destinations that are there', parseIgnored)
    .option(
      '--state <file>',
      'keep in this file what was made, to remove it when it is not asked for any more',
    );
  return addDrainOptions(command, 'drain-');
}

/** Gives a command the options that say how destinations are taken away. */
export function addDrainOptions(command: Command, prefix: '' | 'drain-' = ''): Command {
  return command
    .option(
      `--${prefix}mode <mode>`,
      'wait until connections are over (default), or immediate',
      oneOf(...words('mode')),
    )
    .option(
      `--${prefix}until <state>`,
      'idle: no connections at all (default); no-active: no active ones',
      oneOf(...words('until')),
    )
    .option(
      `--${prefix}deadline <time>`,
      'the longest wait, such as 90s, 5m or 1h (default 300s)',
      parseTime('deadline'),
    )
    .option(
      `--${prefix}poll <time>`,
      'how often connections are counted (default 1s)',
      parseTime('poll'),
    )
    .option(
      `--${prefix}udp <mode>`,
      'wait for flows of UDP, or immediate (default)',
      oneOf(...words('udp')),
    )
    .option(
      `--${prefix}hash <mode>`,
      'on sh and mh: set the fallback flag meanwhile (default), refuse clients, or immediate',
      oneOf(...words('hash')),
    );
}

function words<Name extends keyof typeof drainWords>(
  name: Name,
): readonly NonNullable<DrainPolicy[Name]>[] {
  return drainWords[name] as readonly NonNullable<DrainPolicy[Name]>[];
}

function parseTime(name: keyof typeof drainTimes): (text: string) => number {
  const { lowest, highest, inWords } = drainTimes[name];
  return (text) => {
    const time = parseDuration(text);
    if (time !== undefined && time >= lowest && time <= highest) return time;
    throw new InvalidArgumentError(`Expected ${inWords}, such as 500ms, 300s, 5m or 1h.`);
  };
}

function collect<Value>(parse: (text: string) => Value) {
  return (text: string, previous: readonly Value[] = []): readonly Value[] => [
    ...previous,
    parse(text),
  ];
}

function parseLimit(text: string): number {
  const [, whole, fraction, percent] = /^(?:(\d{1,9})|(0?\.\d{1,9})|(\d{1,2})%)$/.exec(text) ?? [];
  if (whole !== undefined) return Number(whole);
  if (fraction !== undefined) return Number(fraction);
  if (percent !== undefined) return Number(percent) / 100;
  throw new InvalidArgumentError('Expected a number such as 3, or a part of all below 100%: 10%.');
}

function parseKinds(
  text: string,
  previous: readonly OperationKind[] = [],
): readonly OperationKind[] {
  const kinds = text.split(',').map((word) => oneOf(...operationKinds)(word.trim()));
  return [...previous, ...kinds];
}

function parseIgnored(text: string): readonly 'weight'[] {
  return [oneOf('weight')(text)];
}

/** The options of `diff` that the command line names. */
export function planOptions(
  command: Command,
  options: PlanVerbOptions,
): Omit<DiffOptions, 'now' | 'drains' | 'health' | 'record'> {
  const { maxRemovals, allow, allowEmpty, ignore } = options;
  const drain = drainPolicy(options, 'drain');
  return {
    scope: scopeOf(command, options),
    ...(drain === undefined ? {} : { drain }),
    ...(maxRemovals === undefined ? {} : { maxRemovals }),
    ...(allow === undefined ? {} : { allow }),
    ...(allowEmpty === undefined ? {} : { allowEmpty }),
    ...(ignore === undefined ? {} : { ignore }),
  };
}

/** The options of `normalize` that the command line names. */
export function normalizeOptions({ allowNoScheduler }: PlanVerbOptions): NormalizeOptions {
  return allowNoScheduler === undefined ? {} : { allowNoScheduler };
}

function scopeOf(command: Command, { exclusive, select, exclude }: PlanVerbOptions): Scope {
  const excluded = exclude === undefined ? {} : { exclude };
  if (exclusive === true) return { mode: 'exclusive', ...excluded };
  if (select !== undefined) return { mode: 'selected', include: select, ...excluded };
  if (exclude === undefined) return { mode: 'declared' };
  command.error("error: option '--exclude <services>' needs --exclusive or --select");
}

const drainFields = ['mode', 'until', 'deadline', 'poll', 'udp', 'hash'] as const;

/** The policy that the command line names, if it says anything of it. */
export function drainPolicy(
  options: PlanVerbOptions | DrainVerbOptions,
  prefix: '' | 'drain' = '',
): DrainPolicy | undefined {
  const policy: Mutable<DrainPolicy> = {};
  const given = new Map<string, unknown>(Object.entries(options));
  for (const name of drainFields) {
    const key = prefix === '' ? name : `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const value = given.get(key);
    if (value !== undefined) Object.assign(policy, { [name]: value });
  }
  return Object.keys(policy).length === 0 ? undefined : policy;
}
