import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type FollowFileOptions, followFile, ValidationError } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';
import { documentOf, keep } from './_reconcilers.js';
import { isReached, type Services, to, web } from './_runs.js';

/** Waits for what the file system or a timer does in its own time. */
async function eventually(t: ExecutionContext, holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!holds() && performance.now() < deadline) await sleep(5);
  t.true(holds(), what);
}

async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-follow-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Following {
  readonly documents: unknown[];
  readonly errors: unknown[];
  /** Waits for the next document. */
  next(document: unknown): Promise<void>;
  /** Waits for the next error. */
  fails(pattern: RegExp): Promise<void>;
  end(): Promise<void>;
}

function follow(
  t: ExecutionContext,
  path: string,
  options: Partial<FollowFileOptions> = {},
): Following {
  const documents: unknown[] = [];
  const errors: unknown[] = [];
  const ending = new AbortController();
  const following = followFile(path, {
    settle: 5,
    interval: 600_000,
    onDocument: (document) => documents.push(document),
    onError: (error) => errors.push(error),
    signal: ending.signal,
    ...options,
  });
  const end = async () => {
    ending.abort();
    await following;
  };
  t.teardown(end);
  let [told, failed] = [0, 0];
  return {
    documents,
    errors,
    end,
    async next(document) {
      told += 1;
      await eventually(t, () => documents.length >= told, `document ${told}`);
      t.deepEqual(documents[told - 1], document);
    },
    async fails(pattern) {
      failed += 1;
      await eventually(t, () => errors.length >= failed, `error ${failed}`);
      t.regex(String(errors[failed - 1]), pattern);
    },
  };
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

test('a file is read, and again when another takes its place', async (t) => {
  const path = join(await makeFolder(t), 'ipvs.json');
  await writeFile(path, '{"version":1}');
  const file = follow(t, path);
  await file.next({ version: 1 });
  await replace(path, '{"version":2}');
  await file.next({ version: 2 });
  await replace(path, '{"version":3}');
  await file.next({ version: 3 });
  t.deepEqual(file.errors, []);
});

test('a file is read again when it is written to', async (t) => {
  const path = join(await makeFolder(t), 'ipvs.json');
  await writeFile(path, '1');
  const file = follow(t, path);
  await file.next(1);
  await writeFile(path, '2');
  await eventually(t, () => file.documents.at(-1) === 2, 'the second');
});

test('what is half written is an error, and then no more', async (t) => {
  const path = join(await makeFolder(t), 'ipvs.json');
  await writeFile(path, '{"version":1}');
  const file = follow(t, path);
  await file.next({ version: 1 });
  await replace(path, '{"version":');
  await file.fails(/SyntaxError/);
  await replace(path, '{"version":4}');
  await file.next({ version: 4 });
  t.is(file.errors.length, 1);
});

test('what is written twice is told once', async (t) => {
  const path = join(await makeFolder(t), 'ipvs.json');
  await writeFile(path, '1');
  const file = follow(t, path);
  await file.next(1);
  await replace(path, '1');
  await replace(path, '1');
  await replace(path, '2');
  await file.next(2);
  t.is(file.documents.length, 2);
});

test('what the reader refuses goes where errors go', async (t) => {
  const path = join(await makeFolder(t), 'ipvs.txt');
  await writeFile(path, 'one');
  const file = follow(t, path, {
    parse: (text) => text.toUpperCase(),
    onDocument() {
      throw new TypeError('not this one');
    },
  });
  await file.fails(/not this one/);
  await replace(path, 'two');
  await file.fails(/not this one/);
});

test('a file that is not there is an error once, and read when it comes', async (t) => {
  const path = join(await makeFolder(t), 'ipvs.json');
  const file = follow(t, path, { interval: 10 });
  await file.fails(/ENOENT/);
  await sleep(50);
  await writeFile(path, '7');
  await eventually(t, () => file.documents.at(-1) === 7, 'the file');
  t.is(file.errors.filter((error) => String(error).includes('ENOENT')).length, 1);
});

test('a file that goes is an error, and nothing new when it is back as it was', async (t) => {
  const path = join(await makeFolder(t), 'ipvs.json');
  await writeFile(path, '1');
  const file = follow(t, path);
  await file.next(1);
  await rm(path);
  await file.fails(/ENOENT/);
  await replace(path, '1');
  await replace(path, '2');
  await eventually(t, () => file.documents.at(-1) === 2, 'the second');
  t.deepEqual(file.documents, [1, 2]);
});

test('a link in its place that is swapped', async (t) => {
  const folder = await makeFolder(t);
  const path = join(folder, 'ipvs.json');
  await writeFile(join(folder, 'one'), '1');
  await writeFile(join(folder, 'two'), '2');
  await symlink('one', path);
  const file = follow(t, path);
  await file.next(1);
  await symlink('two', join(folder, 'link'));
  await rename(join(folder, 'link'), path);
  await file.next(2);
});

test('a link through another one that is swapped, as mounted configuration is', async (t) => {
  const folder = await makeFolder(t);
  for (const each of ['1', '2']) {
    await mkdir(join(folder, each));
    await writeFile(join(folder, each, 'ipvs.json'), each);
  }
  await symlink('1', join(folder, 'data'));
  const path = join(folder, 'ipvs.json');
  await symlink('data/ipvs.json', path);
  const file = follow(t, path);
  await file.next(1);
  await symlink('2', join(folder, 'link'));
  await rename(join(folder, 'link'), join(folder, 'data'));
  await file.next(2);
});

test('a folder that is swapped, or comes later, is found in time', async (t) => {
  const folder = await makeFolder(t);
  const current = join(folder, 'current');
  const file = follow(t, join(current, 'ipvs.json'), { interval: 10 });
  await file.fails(/ENOENT/);
  for (const each of ['1', '2']) {
    await mkdir(join(folder, each));
    await writeFile(join(folder, each, 'ipvs.json'), each);
    await symlink(each, join(folder, 'link'));
    await rename(join(folder, 'link'), current);
    await file.next(Number(each));
  }
});

test('it ends when it is told to, also before it has begun', async (t) => {
  const path = join(await makeFolder(t), 'ipvs.json');
  await writeFile(path, '1');
  const file = follow(t, path);
  await file.next(1);
  await file.end();
  await replace(path, '2');
  await sleep(20);
  t.deepEqual(file.documents, [1]);
  const never = {
    onDocument: () => t.fail(),
    onError: () => t.fail(),
    signal: AbortSignal.abort(),
  };
  await followFile(path, never);
});

test('fed to a reconciler: what was good last stays, and what is wrong is an event', async (t) => {
  const path = join(await makeFolder(t), 'ipvs.json');
  const good: Services = [{ ...web, destinations: to(1) }];
  const kernel = new FakeKernel();
  const { reconciler, heard } = keep(t, kernel);
  reconciler.start();
  const file = follow(t, path, {
    onDocument: (document) => reconciler.setDesired(document),
    onError: (error) => reconciler.emit('error', error),
  });
  await eventually(t, () => heard.error.length === 1, 'no file yet');
  await kernel.clock.advance(100_000);
  t.deepEqual(kernel.calls, []);

  await replace(path, JSON.stringify(documentOf(good)));
  await eventually(t, () => reconciler.status.hasDesired, 'the first document');
  await kernel.clock.advance(3000);
  await isReached(t, kernel, good);

  await replace(path, JSON.stringify({ ...documentOf(good), services: [{ ...web, port: -1 }] }));
  await eventually(t, () => heard.error.length === 2, 'a wrong document');
  t.true(heard.error[1]?.[0] instanceof ValidationError);
  await rm(path);
  await eventually(t, () => heard.error.length === 3, 'no file any more');
  await kernel.clock.advance(100_000);
  await isReached(t, kernel, good);

  const better: Services = [{ ...web, destinations: to(1, 2) }];
  await replace(path, JSON.stringify(documentOf(better)));
  await eventually(
    t,
    () => kernel.clock.sleeping > 0 && heard.cycle.length > 0 && reconciler.status.hasDesired,
    'the loop',
  );
  const deadline = performance.now() + 30_000;
  while ((await kernel.other.listDestinations(web)).length < 2 && performance.now() < deadline) {
    await kernel.clock.advance(1000);
    await sleep(5);
  }
  await isReached(t, kernel, better);
  t.deepEqual(file.documents, []);
});
