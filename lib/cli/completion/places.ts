import type { Command, Option } from 'commander';
import { choicesOf } from '../verb.js';

/** A command that can be completed: the program, a verb, or a verb of a verb. */
export interface Place {
  /** The words that lead here: `ipvs daemon start`. */
  readonly words: string;
  readonly verbs: readonly Candidate[];
  readonly options: readonly OptionCandidate[];
  /** Whether its arguments are a service and a destination, which the kernel knows. */
  readonly arguments: readonly ('service' | 'destination' | 'other')[];
}

export interface Candidate {
  readonly word: string;
  readonly description: string;
}

export interface OptionCandidate extends Candidate {
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** The program and every verb in it. */
export function placesOf(command: Command, words: string): Place[] {
  const verbs = command.commands.map((each) => ({
    word: each.name(),
    description: each.summary() || each.description(),
  }));
  const here: Place = {
    words,
    verbs,
    options: command.options.filter(({ hidden, long }) => !hidden && long).map(candidateOf),
    arguments: command.registeredArguments.map((argument) => {
      const name = argument.name();
      return name === 'service' || name === 'destination' ? name : 'other';
    }),
  };
  return [here, ...command.commands.flatMap((each) => placesOf(each, `${words} ${each.name()}`))];
}

function candidateOf(option: Option): OptionCandidate {
  const { long, description, required, optional } = option;
  const takesValue = required || optional;
  return { word: long as string, description, takesValue, choices: choicesOf(option) };
}

/** A text in single quotes, for any of the shells. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The words that lead to a place further in than the program. */
export function inner(places: readonly Place[]): string {
  return places
    .slice(1)
    .map(({ words }) => quote(words))
    .join('|');
}

/** Lines of a `case` on the option before, for those that have choices. */
export function choiceLines(places: readonly Place[], line: (words: string) => string): string[] {
  return places.flatMap(({ words, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(
        ({ word, choices }) => `    ${quote(`${words} ${word}`)}) ${line(choices.join(' '))} ;;`,
      ),
  );
}
