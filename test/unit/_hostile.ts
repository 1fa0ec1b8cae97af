import type { ExecutionContext } from 'ava';

/** Names that mean something to JavaScript, each with what would do harm there. */
const poison = [
  '"__proto__": {"polluted": 1, "weight": 77, "version": 1}',
  '"constructor": {"prototype": {"polluted": 1}}',
  '"prototype": {"polluted": 1}',
].join(', ');

/** A text of JSON for each object in a value, which has in that object the names that mean something to JavaScript. */
export function poisoned(value: unknown): string[] {
  const text = JSON.stringify(value);
  const texts: string[] = [];
  let isText = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\') index += 1;
    else if (character === '"') isText = !isText;
    else if (character === '{' && !isText) {
      const comma = text[index + 1] === '}' ? '' : ', ';
      texts.push(`${text.slice(0, index + 1)}${poison}${comma}${text.slice(index + 1)}`);
    }
  }
  return texts;
}

const watched = [Object, Array, Function, Map, String].map(({ prototype }) => prototype as object);
const namesBefore = watched.map((each) => Reflect.ownKeys(each).length);

/** Nothing was added to what all objects inherit from. */
export function isClean(t: ExecutionContext, what: string): void {
  t.deepEqual(
    watched.map((each) => Reflect.ownKeys(each).length),
    namesBefore,
    what,
  );
  t.is(({} as { polluted?: unknown }).polluted, undefined, what);
}

/** No part of a result has another prototype than it should, nor a name that it was given to do harm. */
export function inheritsNothing(t: ExecutionContext, value: unknown, what: string): void {
  if (typeof value !== 'object' || value === null) return;
  const { polluted } = value as { polluted?: unknown };
  t.is(polluted, undefined, what);
  t.false(Object.hasOwn(value, '__proto__'), what);
  const parent: unknown = Object.getPrototypeOf(value);
  t.true(parent === null || Object.hasOwn(parent as object, 'constructor'), what);
  for (const each of Object.values(value)) inheritsNothing(t, each, what);
}
