import type { Action, State } from './state.js';

/** What a terminal says besides characters. */
export interface KeyFlags {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly tab: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
}

/** A key by its name, or the character that it writes. */
export type Key = string;

const named: readonly (readonly [keyof KeyFlags, Key])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'page-up'],
  ['pageDown', 'page-down'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
];

const controls: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
  '\u0003': 'ctrl-c',
  '\u0015': 'ctrl-u',
};

/** The keys of a piece of input: what is pasted or typed fast comes in one. */
export function keysOf(input: string, flags: KeyFlags): Key[] {
  const special = named.find(([flag]) => flags[flag]);
  if (special !== undefined) return [special[1]];
  if (flags.ctrl) return [`ctrl-${input}`];
  if (flags.meta) return [];
  return [...input].flatMap((character) => {
    const control = controls[character];
    if (control !== undefined) return [control];
    return character < ' ' ? [] : [character];
  });
}

const actions: Readonly<Record<Key, Action>> = {
  q: { kind: 'quit' },
  'ctrl-c': { kind: 'quit' },
  '?': { kind: 'help' },
  h: { kind: 'help' },
  up: { kind: 'move', by: -1 },
  k: { kind: 'move', by: -1 },
  down: { kind: 'move', by: 1 },
  j: { kind: 'move', by: 1 },
  'page-up': { kind: 'page', by: -1 },
  'page-down': { kind: 'page', by: 1 },
  home: { kind: 'first' },
  g: { kind: 'first' },
  end: { kind: 'last' },
  G: { kind: 'last' },
  ' ': { kind: 'toggle' },
  enter: { kind: 'toggle' },
  left: { kind: 'fold', folded: true },
  right: { kind: 'fold', folded: false },
  '-': { kind: 'fold-all' },
  '+': { kind: 'unfold-all' },
  '=': { kind: 'unfold-all' },
  m: { kind: 'mode', mode: 'next' },
  tab: { kind: 'mode', mode: 'next' },
  1: { kind: 'mode', mode: 'rates' },
  2: { kind: 'mode', mode: 'connections' },
  3: { kind: 'mode', mode: 'bytes' },
  s: { kind: 'sort', by: 1 },
  '>': { kind: 'sort', by: 1 },
  S: { kind: 'sort', by: -1 },
  '<': { kind: 'sort', by: -1 },
  r: { kind: 'reverse' },
  '/': { kind: 'filter' },
  escape: { kind: 'filter-clear' },
  p: { kind: 'pause' },
  '[': { kind: 'interval', longer: false },
  ']': { kind: 'interval', longer: true },
  'ctrl-l': { kind: 'refresh' },
};

const actionsWhileTyping: Readonly<Record<Key, Action>> = {
  'ctrl-c': { kind: 'quit' },
  enter: { kind: 'filter-done' },
  escape: { kind: 'filter-clear' },
  backspace: { kind: 'filter-erase' },
  'ctrl-u': { kind: 'filter-empty' },
  up: { kind: 'move', by: -1 },
  down: { kind: 'move', by: 1 },
};

/** What a key does now. */
export function actionOf(
  key: Key,
  { isTyping, isHelpShown }: Pick<State, 'isTyping' | 'isHelpShown'>,
): Action | undefined {
  if (isHelpShown) return key === 'ctrl-c' ? { kind: 'quit' } : { kind: 'help' };
  if (!isTyping) return Object.hasOwn(actions, key) ? actions[key] : undefined;
  if (Object.hasOwn(actionsWhileTyping, key)) return actionsWhileTyping[key];
  return [...key].length === 1 ? { kind: 'filter-type', text: key } : undefined;
}

/** The keys, for the help. */
export const keyHelp: readonly (readonly [keys: string, does: string])[] = [
  ['Up Down, k j', 'move'],
  ['PageUp PageDown', 'move by a page'],
  ['Home End, g G', 'to the first row, to the last'],
  ['Space, Enter', 'fold or unfold a service'],
  ['Left Right', 'fold, unfold'],
  ['- +', 'fold or unfold all services'],
  ['m, Tab, 1 2 3', 'rates, connections, bytes'],
  ['s S, > <', 'sort by the next column, the one before'],
  ['r', 'reverse the order'],
  ['/', 'filter by a part of a name, scheduler or method'],
  ['Esc', 'clear the filter'],
  ['p', 'pause, go on'],
  ['[ ]', 'read more often, less often'],
  ['Ctrl-L', 'read and draw again'],
  ['? h', 'this help'],
  ['q, Ctrl-C', 'quit'],
];
