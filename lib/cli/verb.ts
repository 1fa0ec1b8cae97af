import { type Command, InvalidArgumentError, Option } from 'commander';
import type { OpenOptions, Transport } from '../../types/config.js';
import type { Ipvs } from '../kernel/ipvs.js';
import type { Context } from './context.js';

/** Gives a command its arguments, options, examples and action. */
export type Configure = (command: Command, context: Context) => void;

/** What every verb that speaks with the kernel can be told. */
export interface KernelOptions {
  readonly netns?: string;
  readonly transport?: Transport | 'auto';
  readonly timeout?: number;
}

/** What every verb that shows something can be told. */
export interface OutputOptions {
  readonly json?: boolean;
}

/** A use of a verb, and what it does. */
export interface Example {
  readonly line: string;
  readonly does: string;
}

const examplesOf = new WeakMap<Command, readonly Example[]>();

/** Gives a command the examples that its help and the manual page show. */
export function addExamples(
  command: Command,
  ...lines: readonly (readonly [string, string])[]
): void {
  const examples = lines.map(([line, does]) => ({ line, does }));
  examplesOf.set(command, examples);
  const width = Math.max(...examples.map(({ line }) => line.length));
  const shown = examples.map(({ line, does }) => `  ${line.padEnd(width)}  ${does}`);
  command.addHelpText('after', ['', 'Examples:', ...shown].join('\n'));
}

/** The examples of a command. */
export function findExamples(command: Command): readonly Example[] {
  return examplesOf.get(command) ?? [];
}

/** Gives a command the options of every verb that speaks with the kernel. */
export function addKernelOptions(command: Command): Command {
  return command
    .option(
      '--netns <namespace>',
      'work in another network namespace: its name, path, or the pid of a process',
    )
    .addOption(
      new Option('--transport <way>', 'the way to the kernel (default: auto)').choices([
        'auto',
        'netlink',
        'sockopt',
      ]),
    )
    .option(
      '--timeout <ms>',
      'milliseconds that a request may wait for the kernel',
      wholeNumber(1, 2_147_483_647),
    );
}

/** Gives a command the option of every verb that shows something. */
export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print JSON instead of text');
}

/** Opens the library as the options say, and closes it when the work is done. */
export async function withIpvs<Result>(
  context: Context,
  options: KernelOptions,
  work: (ipvs: Ipvs) => Promise<Result>,
): Promise<Result> {
  await using ipvs = await context.open(openOptions(options));
  return await work(ipvs);
}

/** How the library is opened, as the options say. */
export function openOptions({ netns, transport, timeout }: KernelOptions): OpenOptions {
  return {
    ...(netns === undefined ? {} : { netns: /^\d+$/.test(netns) ? Number(netns) : netns }),
    ...(transport === undefined ? {} : { transport }),
    ...(timeout === undefined ? {} : { timeout }),
  };
}

/** Reads an option that is a whole number within limits. */
export function wholeNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= lowest && number <= highest) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${lowest} to ${highest}.`);
  };
}

type Parser<Word extends string> = (text: string) => Word;

const wordsOf = new WeakMap<object, readonly string[]>();

/** Reads an option that is one of some words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Parser<Word> {
  const parse: Parser<Word> = (text) => {
    const word = words.find((each) => each === text);
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`Expected ${words.join(', ')}.`);
  };
  wordsOf.set(parse, words);
  return parse;
}

/** The words that an option can be, if they are known. */
export function choicesOf({ argChoices, parseArg }: Option): readonly string[] {
  return argChoices ?? (parseArg && wordsOf.get(parseArg)) ?? [];
}
