/** Whether a value goes with an option. An optional one is the next word, unless that begins with `-`. */
export type Takes = 'nothing' | 'value' | 'optional';

/** Every option of `ipvsadm`, by its long name. */
const table = {
  'add-service': ['A', 'nothing'],
  'edit-service': ['E', 'nothing'],
  'delete-service': ['D', 'nothing'],
  clear: ['C', 'nothing'],
  list: ['Ll', 'nothing'],
  zero: ['Z', 'nothing'],
  'add-server': ['a', 'nothing'],
  'edit-server': ['e', 'nothing'],
  'delete-server': ['d', 'nothing'],
  set: ['', 'nothing'],
  help: ['h', 'nothing'],
  version: ['v', 'nothing'],
  restore: ['R', 'nothing'],
  save: ['S', 'nothing'],
  'start-daemon': ['', 'value'],
  'stop-daemon': ['', 'value'],
  'tcp-service': ['t', 'value'],
  'udp-service': ['u', 'value'],
  'sctp-service': ['', 'value'],
  'fwmark-service': ['f', 'value'],
  scheduler: ['s', 'value'],
  persistent: ['p', 'optional'],
  netmask: ['M', 'value'],
  pe: ['', 'value'],
  ops: ['o', 'nothing'],
  'sched-flags': ['b', 'value'],
  'real-server': ['r', 'value'],
  masquerading: ['m', 'nothing'],
  ipip: ['i', 'nothing'],
  gatewaying: ['g', 'nothing'],
  weight: ['w', 'value'],
  'u-threshold': ['x', 'value'],
  'l-threshold': ['y', 'value'],
  'tun-type': ['', 'value'],
  'tun-port': ['', 'value'],
  'tun-nocsum': ['', 'nothing'],
  'tun-csum': ['', 'nothing'],
  'tun-remcsum': ['', 'nothing'],
  numeric: ['n', 'nothing'],
  connection: ['c', 'nothing'],
  timeout: ['', 'nothing'],
  daemon: ['', 'nothing'],
  stats: ['', 'nothing'],
  rate: ['', 'nothing'],
  thresholds: ['', 'nothing'],
  'persistent-conn': ['', 'nothing'],
  'tun-info': ['', 'nothing'],
  nosort: ['', 'nothing'],
  sort: ['', 'nothing'],
  exact: ['X', 'nothing'],
  ipv6: ['6', 'nothing'],
  'mcast-interface': ['', 'value'],
  syncid: ['', 'value'],
  'sync-maxlen': ['', 'value'],
  'mcast-group': ['', 'value'],
  'mcast-port': ['', 'value'],
  'mcast-ttl': ['', 'value'],
} as const satisfies Record<string, readonly [letters: string, takes: Takes]>;

/** The long name of an option. */
export type OptionName = keyof typeof table;

/** A part of one of the words of a command line; `end` is behind its last character. */
export interface Place {
  readonly word: number;
  readonly start: number;
  readonly end: number;
}

/** What stands in a command line: an option, or a word that is none. */
export type Item =
  | {
      readonly kind: 'option';
      readonly name: OptionName;
      readonly place: Place;
      readonly value: string | undefined;
      /** That of the value, or of the option where there is none. */
      readonly valuePlace: Place;
    }
  | { readonly kind: 'word'; readonly text: string; readonly place: Place };

export type OptionFault =
  | 'unknown option'
  | 'missing argument'
  | 'option does not take an argument';

/** A word that begins like an option and cannot be taken for one. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
  readonly fault: OptionFault;
  /** The option or, bundled with others, the whole of its word. */
  readonly text: string;
  readonly place: Place;
  /** The option, where there is one of the name. */
  readonly option: OptionName | undefined;

  constructor(fault: OptionFault, text: string, place: Place, option?: OptionName) {
    super(`${text}: ${fault}`);
    this.fault = fault;
    this.text = text;
    this.place = place;
    this.option = option;
  }
}

const byLetter = new Map<string, OptionName>();
for (const [name, [letters]] of Object.entries(table)) {
  for (const letter of letters) byLetter.set(letter, name as OptionName);
}

/**
 * Goes through the words of a command line as `ipvsadm` does: long options with their value behind `=` or as the next
 * word, short ones alone or bundled (`-Ln`), the value of the last behind it (`-tHOST`, `-t=HOST`) or as the next word,
 * whatever that begins with; no abbreviations; `--` ends the options. Throws {@link OptionError} where it gets stuck, so that
 * what stands before is seen first.
 */
export function* scanOptions(words: readonly string[]): Generator<Item, void, undefined> {
  const cursor = { next: 0 };
  while (cursor.next < words.length) {
    const index = cursor.next;
    const text = words[index] as string;
    cursor.next += 1;
    if (text === '--') break;
    if (!text.startsWith('-') || text === '-') yield wordAt(words, index);
    else if (text.startsWith('--')) yield readLong(words, cursor);
    else yield* readShort(words, cursor);
  }
  for (; cursor.next < words.length; cursor.next += 1) yield wordAt(words, cursor.next);
}

interface Cursor {
  /** The word that comes next. */
  next: number;
}

function wordAt(words: readonly string[], index: number): Item {
  const text = words[index] as string;
  return { kind: 'word', text, place: { word: index, start: 0, end: text.length } };
}

function readLong(words: readonly string[], cursor: Cursor): Item {
  const word = cursor.next - 1;
  const text = words[word] as string;
  const equals = text.indexOf('=');
  const end = equals < 0 ? text.length : equals;
  const place = { word, start: 0, end };
  const name = text.slice(2, end);
  if (!Object.hasOwn(table, name)) throw new OptionError('unknown option', text, place);
  const behind = equals < 0 ? undefined : { word, start: equals + 1, end: text.length };
  return readOption(name as OptionName, place, behind, words, cursor);
}

function* readShort(words: readonly string[], cursor: Cursor): Generator<Item, void, undefined> {
  const word = cursor.next - 1;
  const text = words[word] as string;
  for (let start = 1; start < text.length; start += 1) {
    const place = { word, start: start === 1 ? 0 : start, end: start + 1 };
    const name = byLetter.get(text[start] as string);
    if (name === undefined) throw new OptionError('unknown option', text, place);
    const rest = start + 1;
    const takesRest = table[name][1] !== 'nothing' || text[rest] === '=';
    if (!takesRest) {
      yield { kind: 'option', name, place, value: undefined, valuePlace: place };
      continue;
    }
    const from = text[rest] === '=' ? rest + 1 : rest;
    const behind = rest < text.length ? { word, start: from, end: text.length } : undefined;
    yield readOption(name, place, behind, words, cursor);
    return;
  }
}

/** An option whose value is what stands behind it in its word, or else the next word. */
function readOption(
  name: OptionName,
  place: Place,
  behind: Place | undefined,
  words: readonly string[],
  cursor: Cursor,
): Item {
  const takes = table[name][1];
  const text = words[place.word] as string;
  if (takes === 'nothing' && behind !== undefined) {
    throw new OptionError('option does not take an argument', text, behind, name);
  }
  const valuePlace = behind ?? (takes === 'nothing' ? undefined : nextValue(takes, words, cursor));
  if (valuePlace !== undefined) {
    const value = (words[valuePlace.word] as string).slice(valuePlace.start, valuePlace.end);
    return { kind: 'option', name, place, value, valuePlace };
  }
  if (takes === 'value') throw new OptionError('missing argument', text, place, name);
  return { kind: 'option', name, place, value: undefined, valuePlace: place };
}

function nextValue(takes: Takes, words: readonly string[], cursor: Cursor): Place | undefined {
  const value = words[cursor.next];
  if (value === undefined || (takes === 'optional' && value.startsWith('-'))) return undefined;
  cursor.next += 1;
  return { word: cursor.next - 1, start: 0, end: value.length };
}
