import type { SyncRole } from '../../types/daemon.js';
import type { RuleCommand } from '../../types/rules.js';
import type { ServiceKey } from '../../types/service.js';
import { CommandLineError } from './command-line-error.js';
import { makeCommand, serviceKeyOf } from './commands.js';
import {
  argumentOf,
  emptyState,
  type LineState,
  type ReadOptions,
  takes,
  takeTimeout,
} from './line-state.js';
import {
  type CommandName,
  checkCommandOptions,
  type Said,
  type Subject,
  subjectOf,
} from './option-checks.js';
import { type Item, OptionError, type OptionName, type Place, scanOptions } from './options.js';
import { readSchedulerFlags } from './scheduler-flags.js';

/** What a listing shows, and how. */
export interface ListRequest {
  readonly service: ServiceKey | undefined;
  /** What was asked for, by the names of the options. */
  readonly said: ReadonlySet<Subject>;
}

/** A command line of `ipvsadm`. */
export type CommandLine =
  | { readonly kind: 'command'; readonly command: RuleCommand }
  | { readonly kind: 'list'; readonly request: ListRequest }
  | { readonly kind: 'save'; readonly numeric: boolean }
  | { readonly kind: 'restore' | 'help' | 'version' };

type Option = Item & { readonly kind: 'option' };
type Word = Item & { readonly kind: 'word' };

const commandOptions: { readonly [Name in OptionName]?: CommandName | 'help' | 'version' } = {
  'add-service': 'add-service',
  'edit-service': 'edit-service',
  'delete-service': 'delete-service',
  clear: 'flush',
  list: 'list',
  zero: 'zero',
  'add-server': 'add-server',
  'edit-server': 'edit-server',
  'delete-server': 'delete-server',
  set: 'set',
  help: 'help',
  version: 'version',
  restore: 'restore',
  save: 'save',
  'start-daemon': 'start-daemon',
  'stop-daemon': 'stop-daemon',
};

/** The message for what begins with no command. */
export const tryHelp = "Try `ipvsadm -h' or 'ipvsadm --help' for more information.";

const commandExpected = 'a command first, such as -A, -a, -D, -C or --set';

/**
 * Reads the words of a command line as `ipvsadm` 1.31 does, in its order, so that of several errors the same one is found.
 * Throws {@link CommandLineError}.
 */
export function readCommandLine(words: readonly string[], options: ReadOptions): CommandLine {
  return new Reader(words, options).read();
}

class Reader {
  readonly #words: readonly string[];
  readonly #options: ReadOptions;
  readonly #items: Iterator<Item, void>;
  readonly #state: LineState = emptyState();
  readonly #said = new Map<Subject, Place>();
  readonly #rest: Word[] = [];

  constructor(words: readonly string[], options: ReadOptions) {
    this.#words = words;
    this.#options = options;
    this.#items = scanOptions(words);
  }

  read(): CommandLine {
    const name = this.#readCommand();
    if (name === 'help' || name === 'version') return { kind: name };
    const fault = this.#readOptions();
    if (fault !== undefined) throw fault;
    const timeouts = name === 'set' ? this.#readTimeouts() : undefined;
    if (this.#options.lenient) this.#takeOldWords();
    const [word] = this.#rest;
    if (word !== undefined) {
      const message = `unexpected argument ${word.text}`;
      throw new CommandLineError(message, 'an option', word.place);
    }
    const { flags, scheduler } = this.#state;
    if (flags !== undefined) this.#state.schedulerFlags = readSchedulerFlags(flags, scheduler);
    checkCommandOptions(name, this.#said);
    switch (name) {
      case 'list':
        return { kind: 'list', request: this.#listRequest() };
      case 'save':
        return { kind: 'save', numeric: this.#said.has('numeric') };
      case 'restore':
        return { kind: 'restore' };
      default:
        return { kind: 'command', command: makeCommand(name, this.#state, this.#said, timeouts) };
    }
  }

  /** The first option says what to do. */
  #readCommand(): CommandName | 'help' | 'version' {
    let option: Option | undefined;
    try {
      option = this.#nextOption();
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      throw new CommandLineError(tryHelp, commandExpected, error.place, 255);
    }
    const name = option === undefined ? undefined : commandOptions[option.name];
    if (option === undefined || name === undefined) {
      const place = this.#rest[0]?.place ?? option?.place;
      throw new CommandLineError(tryHelp, commandExpected, place, 255);
    }
    if (name === 'start-daemon' || name === 'stop-daemon') {
      this.#state.role = readRole(option, name);
    }
    return name;
  }

  /** The other options, as far as there is nothing that is none. */
  #readOptions(): CommandLineError | undefined {
    try {
      for (let option = this.#nextOption(); option !== undefined; option = this.#nextOption()) {
        this.#take(option);
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      const { fault, place, option, message } = error;
      // No version reads it back, where flags have no name.
      const isBare = fault === 'missing argument' && option === 'sched-flags';
      if (this.#options.lenient && isBare) return undefined;
      const expected = fault === 'missing argument' ? 'a value' : 'an option of ipvsadm';
      return new CommandLineError(message, expected, place, 255);
    }
  }

  /** Keeps the words that are none for later. */
  #nextOption(): Option | undefined {
    for (;;) {
      const { value: item, done } = this.#items.next();
      if (done === true || item === undefined) return undefined;
      if (item.kind === 'option') return item;
      this.#rest.push(item);
    }
  }

  #take(option: Option): void {
    const { name, place, valuePlace } = option;
    if (commandOptions[name] !== undefined) {
      const word = this.#words[valuePlace.word] as string;
      const message = `invalid option \`${word}'`;
      throw new CommandLineError(message, 'one command in a line', place);
    }
    const subject = subjectOf(name);
    if (subject !== undefined) {
      if (this.#said.has(subject)) {
        const message = `multiple '${subject}' options specified`;
        throw new CommandLineError(message, `'${subject}' once`, place);
      }
      this.#said.set(subject, place);
    }
    takes[name]?.(this.#state, argumentOf(option), this.#options);
  }

  #readTimeouts(): [number, number, number] {
    const words = this.#rest.splice(0, 3);
    const [tcp, tcpFin, udp] = words;
    if (tcp === undefined || tcpFin === undefined || udp === undefined) {
      const message = '--set option requires 3 timeout values';
      throw new CommandLineError(message, 'three timeouts in seconds', words.at(-1)?.place);
    }
    const read = ({ text, place }: Word) => takeTimeout({ text, isGiven: true, place }, 0);
    return [read(tcp), read(tcpFin), read(udp)];
  }

  /** `pe NAME` and `ops`, as versions before 1.27 wrote them. */
  #takeOldWords(): void {
    const [first, second] = this.#rest;
    if (first?.text === 'pe' && second !== undefined && !this.#said.has('pe')) {
      this.#rest.splice(0, 2);
      this.#said.set('pe', first.place);
      this.#state.engine = second.text;
    }
    const [last] = this.#rest;
    if (last?.text === 'ops' && !this.#said.has('ops')) {
      this.#rest.shift();
      this.#said.set('ops', last.place);
      this.#state.onePacket = true;
    }
  }

  #listRequest(): ListRequest {
    const said: Said = this.#said;
    const has = (...subjects: Subject[]) => subjects.some((subject) => said.has(subject));
    const clashes =
      (has('connection', 'timeout', 'daemon') && has('stats', 'rate', 'thresholds')) ||
      (has('timeout', 'daemon') && has('persistent-conn'));
    if (clashes) {
      throw new CommandLineError('options conflicts in the list command', 'one listing at a time');
    }
    const service = has('service-address') ? serviceKeyOf(this.#state) : undefined;
    return { service, said: new Set(said.keys()) };
  }
}

function readRole({ value, valuePlace }: Option, name: 'start-daemon' | 'stop-daemon'): SyncRole {
  if (value === 'master' || value === 'backup') return value;
  const message =
    name === 'start-daemon'
      ? 'illegal start-daemon parameter specified'
      : 'illegal start_daemon specified';
  throw new CommandLineError(message, 'master or backup', valuePlace);
}
