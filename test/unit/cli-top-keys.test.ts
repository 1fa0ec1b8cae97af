import test from 'ava';
import { actionOf, type KeyFlags, keyHelp, keysOf } from '#lib/cli/top/keys.js';

const none: KeyFlags = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageUp: false,
  pageDown: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  tab: false,
  backspace: false,
  delete: false,
  ctrl: false,
  meta: false,
};

const looking = { isTyping: false, isHelpShown: false };
const typing = { isTyping: true, isHelpShown: false };
const helped = { isTyping: false, isHelpShown: true };

test('a piece of input is the keys in it', (t) => {
  t.deepEqual(keysOf('q', none), ['q']);
  t.deepEqual(keysOf('/web\r', none), ['/', 'w', 'e', 'b', 'enter']);
  t.deepEqual(keysOf('a\u007f\u0015\u0003\u0001', none), ['a', 'backspace', 'ctrl-u', 'ctrl-c']);
  t.deepEqual(keysOf('', { ...none, upArrow: true }), ['up']);
  t.deepEqual(keysOf('', { ...none, escape: true, meta: true }), ['escape']);
  t.deepEqual(keysOf('c', { ...none, ctrl: true }), ['ctrl-c']);
  t.deepEqual(keysOf('x', { ...none, meta: true }), []);
});

test('letters are commands, but while a filter is typed they are its text', (t) => {
  t.deepEqual(actionOf('q', looking), { kind: 'quit' });
  t.deepEqual(actionOf('q', typing), { kind: 'filter-type', text: 'q' });
  t.deepEqual(actionOf(' ', typing), { kind: 'filter-type', text: ' ' });
  t.deepEqual(actionOf('enter', typing), { kind: 'filter-done' });
  t.deepEqual(actionOf('escape', typing), { kind: 'filter-clear' });
  t.deepEqual(actionOf('enter', looking), { kind: 'toggle' });
  t.is(actionOf('page-up', typing), undefined);
  t.is(actionOf('constructor', looking), undefined);
});

test('every way out works from everywhere', (t) => {
  for (const state of [looking, typing, helped]) {
    t.deepEqual(actionOf('ctrl-c', state), { kind: 'quit' });
  }
});

test('any key leaves the help', (t) => {
  for (const key of ['q', 'x', 'escape', '?']) t.deepEqual(actionOf(key, helped), { kind: 'help' });
});

const longNames: Readonly<Record<string, string>> = { Space: ' ', Esc: 'escape' };

test('the help names keys that do something', (t) => {
  const keys = keyHelp
    .flatMap(([text]) => text.split(/,? /))
    .map((name) => longNames[name] ?? name)
    .map((name) =>
      name.length === 1 ? name : name.replace(/(?<=[a-z])(?=[A-Z])/, '-').toLowerCase(),
    );
  for (const key of keys) t.not(actionOf(key, looking), undefined, key);
});
