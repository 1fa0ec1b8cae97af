import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { Listing } from '#lib/kernel/listing.js';
import type { NativeBatch } from '../../types/native.js';

/** A source of parts whose entries are the lines of their text; it answers when and what the test says. */
class ScriptedSource {
  readonly #waiting: PromiseWithResolvers[] = [];
  asked = 0;
  closed = 0;
  readonly reader = {
    size: 1,
    read: (_view: DataView, index: number, lines: readonly string[]) => lines[index] as string,
  };

  next(): Promise<NativeBatch> {
    this.asked += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  close(): void {
    this.closed += 1;
  }

  give(...lines: readonly string[]): void {
    this.#oldest().resolve(part(lines));
  }

  giveLast(...lines: readonly string[]): void {
    this.#oldest().resolve({ ...part(lines), ended: true });
  }

  fail(error: unknown): void {
    this.#oldest().reject(error);
  }

  #oldest(): PromiseWithResolvers {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) throw new Error('nothing waits for an answer');
    return waiting;
  }
}

interface PromiseWithResolvers {
  readonly resolve: (batch: NativeBatch) => void;
  readonly reject: (reason: unknown) => void;
}

function part(lines: readonly string[]): NativeBatch {
  return { status: 0, count: lines.length, records: new Uint8Array(), text: lines.join('\n') };
}

function makeListing(signal?: AbortSignal): { source: ScriptedSource; listing: Listing<string> } {
  const source = new ScriptedSource();
  return { source, listing: new Listing(source, signal) };
}

const done = { done: true, value: undefined };
const entry = (value: string) => ({ done: false, value });

/** Everything that is left, or why it ended. */
async function rest(listing: AsyncIterable<string>): Promise<string[]> {
  const entries: string[] = [];
  for await (const each of listing) entries.push(each);
  return entries;
}

test('entries come one by one, in order, over parts of any size', async (t) => {
  const { source, listing } = makeListing();
  const entries = rest(listing);
  source.give('a', 'b');
  await turn();
  source.give();
  await turn();
  await turn();
  source.give();
  await turn();
  await turn();
  source.give('c');
  await turn();
  await turn();
  source.giveLast('d', 'e', 'f');
  t.deepEqual(await entries, ['a', 'b', 'c', 'd', 'e', 'f']);
  t.deepEqual(await listing.next(), done);
  t.is(source.asked, 5);
  t.is(source.closed, 1);
});

test('a listing of nothing ends', async (t) => {
  const { source, listing } = makeListing();
  const entries = rest(listing);
  source.giveLast();
  t.deepEqual(await entries, []);
  t.is(source.asked, 1);
  t.is(source.closed, 1);
});

test('nothing is read before the first entry is asked for', async (t) => {
  const { source, listing } = makeListing();
  await turn();
  t.is(source.asked, 0);
  await listing.return();
  t.is(source.asked, 0);
  t.deepEqual(await listing.next(), done);
});

test('one part is read ahead of what is taken, and no more', async (t) => {
  const { source, listing } = makeListing();
  const first = listing.next();
  t.is(source.asked, 1);
  source.give('a', 'b', 'c');
  t.deepEqual(await first, entry('a'));
  t.is(source.asked, 2);
  source.give('d', 'e');
  for (let turns = 0; turns < 5; turns += 1) await turn();
  t.deepEqual(await listing.next(), entry('b'));
  t.deepEqual(await listing.next(), entry('c'));
  t.is(source.asked, 2);
  t.deepEqual(await listing.next(), entry('d'));
  t.is(source.asked, 3);
  await listing.return();
});

test('the event loop has its turn between parts that are there already', async (t) => {
  const { reader } = new ScriptedSource();
  let left = 20;
  const next = async (): Promise<NativeBatch> => {
    left -= 1;
    return left > 0 ? part(['a']) : { ...part(['b']), ended: true };
  };
  const listing = new Listing({ next, close() {}, reader }, undefined);
  let turns = 0;
  let counting = true;
  const count = () => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  t.is((await rest(listing)).length, 20);
  counting = false;
  t.true(turns >= 19, String(turns));
});

test('entries asked for at once come in order, and each once', async (t) => {
  const { source, listing } = makeListing();
  const calls = Array.from({ length: 6 }, () => listing.next());
  t.is(source.asked, 1);
  source.give('a', 'b');
  await turn();
  source.give('c');
  await turn();
  await turn();
  source.giveLast('d');
  t.deepEqual(await Promise.all(calls), [
    entry('a'),
    entry('b'),
    entry('c'),
    entry('d'),
    done,
    done,
  ]);
});

test('leaving the loop ends the reading at once', async (t) => {
  const { source, listing } = makeListing();
  const seen: string[] = [];
  const leaving = (async () => {
    for await (const each of listing) {
      seen.push(each);
      if (each === 'b') break;
    }
  })();
  source.give('a', 'b', 'c');
  await leaving;
  t.deepEqual(seen, ['a', 'b']);
  t.is(source.closed, 1);
  // The part that was under way fails now, which is nobody's business.
  source.fail(new Error('cancelled'));
  await turn();
  t.deepEqual(await listing.next(), done);
});

test('an error thrown in the loop ends the reading and is not changed', async (t) => {
  const { source, listing } = makeListing();
  const thrown = new Error('of the loop');
  const leaving = (async () => {
    for await (const each of listing) if (each === 'a') throw thrown;
  })();
  source.give('a');
  t.is(await t.throwsAsync(leaving), thrown);
  t.is(source.closed, 1);
});

test('an error thrown into the listing ends it and comes back', async (t) => {
  const { source, listing } = makeListing();
  const thrown = new Error('into it');
  t.is(await t.throwsAsync(listing.throw(thrown)), thrown);
  t.is(source.closed, 1);
  t.deepEqual(await listing.next(), done);
});

test('at the end of its block a listing is over', async (t) => {
  const { source, listing } = makeListing();
  {
    await using same = listing;
    const first = same.next();
    source.give('a');
    await first;
  }
  t.is(source.closed, 1);
});

test('returning while an entry is waited for ends both', async (t) => {
  const { source, listing } = makeListing();
  const waiting = listing.next();
  t.deepEqual(await listing.return(), done);
  t.is(source.closed, 1);
  source.fail(new Error('cancelled'));
  t.deepEqual(await waiting, done);
});

test('a part that comes after the end is not looked at', async (t) => {
  const { source, listing } = makeListing();
  const waiting = listing.next();
  await listing.return();
  source.give('a');
  t.deepEqual(await waiting, done);
  t.is(source.asked, 1);
});

test('a failure is thrown once, after the entries that came before it', async (t) => {
  const { source, listing } = makeListing();
  const failure = new Error('no such file');
  const first = listing.next();
  source.give('a', 'b');
  t.deepEqual(await first, entry('a'));
  source.fail(failure);
  await turn();
  t.deepEqual(await listing.next(), entry('b'));
  t.is(await t.throwsAsync(listing.next()), failure);
  t.deepEqual(await listing.next(), done);
  t.is(source.closed, 1);
});

test('of several that wait, one is told of a failure and the others that it is over', async (t) => {
  const { source, listing } = makeListing();
  const calls = Promise.allSettled([listing.next(), listing.next(), listing.next()]);
  source.fail('no such file');
  t.deepEqual(await calls, [
    { status: 'rejected', reason: 'no such file' },
    { status: 'fulfilled', value: done },
    { status: 'fulfilled', value: done },
  ]);
});

test('a signal ends the reading at once, and the next entry is its reason', async (t) => {
  const controller = new AbortController();
  const { source, listing } = makeListing(controller.signal);
  const first = listing.next();
  source.give('a', 'b');
  await first;
  controller.abort('enough');
  t.is(source.closed, 1);
  t.is(await listing.next().catch((reason) => reason), 'enough');
  t.deepEqual(await listing.next(), done);
  source.fail('enough');
});

test('a signal reaches whoever waits for an entry', async (t) => {
  const controller = new AbortController();
  const { source, listing } = makeListing(controller.signal);
  const waiting = listing.next();
  controller.abort('enough');
  t.is(source.closed, 1);
  source.fail('enough');
  t.is(await waiting.catch((reason) => reason), 'enough');
  t.deepEqual(await listing.next(), done);
});

test('a signal that comes too late changes nothing and is not listened to', async (t) => {
  const controller = new AbortController();
  const { source, listing } = makeListing(controller.signal);
  const entries = rest(listing);
  source.giveLast('a');
  t.deepEqual(await entries, ['a']);
  controller.abort();
  t.deepEqual(await listing.next(), done);
  t.is(source.closed, 1);
});
