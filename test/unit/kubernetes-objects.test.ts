import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { followFolder } from '../../examples/kubernetes/follow-folder.js';
import { readObjects } from '../../examples/kubernetes/read-objects.js';
import { endpoint, service, slice } from './_kubernetes-objects.js';

const aService = { apiVersion: 'v1', kind: 'Service', ...service() };
const aSlice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  ...slice([endpoint(1)]),
};

for (const [title, documents, services, slices] of [
  ['nothing', [], 0, 0],
  ['single objects', [aService, aSlice], 1, 1],
  ['a list of kubectl', [{ kind: 'List', items: [aService, aSlice, aService] }], 2, 1],
  ['lists of the API', [{ kind: 'ServiceList', items: [service()] }], 1, 0],
  ['an empty list', [{ kind: 'EndpointSliceList' }, aSlice], 0, 1],
  ['other kinds', [{ kind: 'Pod' }, { kind: 'List', items: [{ kind: 'Node' }, aSlice] }], 0, 1],
] as const) {
  test(title, (t) => {
    const objects = readObjects(documents);
    t.is(objects.services.length, services);
    t.is(objects.endpointSlices.length, slices);
    for (const each of objects.services) t.is(each.metadata.name, 'web');
  });
}

for (const document of [null, 7, 'Service', [], {}, { version: 1, services: [] }]) {
  test(`no object: ${JSON.stringify(document)}`, (t) => {
    t.throws(() => readObjects([aService, document]), { instanceOf: TypeError, message: /kind/ });
  });
}

test('a folder is read again when a file comes, changes, is wrong and goes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-objects-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const put = async (name: string, text: string) => {
    await writeFile(join(folder, 'new'), text);
    await rename(join(folder, 'new'), join(folder, name));
  };
  const heard: unknown[] = [];
  let wake = () => {};
  const hear = (what: unknown) => {
    heard.push(what);
    wake();
  };
  const next = async () => {
    while (heard.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return heard.shift();
  };
  const ending = new AbortController();
  await put('b.json', '{"kind":"B"}');
  await put('c.yaml', 'kind: C');
  const following = followFolder(folder, {
    onDocuments: hear,
    onError: (error) => hear((error as Error).message.replace(folder, '')),
    signal: ending.signal,
  });
  t.deepEqual(await next(), [{ kind: 'B' }]);
  await put('a.json', '{"kind":"A"}');
  t.deepEqual(await next(), [{ kind: 'A' }, { kind: 'B' }]);
  await put('a.json', '{"kind":');
  t.regex(String(await next()), /^\/a\.json: /);
  await put('a.json', '{"kind":"D"}');
  for (;;) {
    // While a file is wrong, it can be read more than once.
    const said = await next();
    if (typeof said === 'string') continue;
    t.deepEqual(said, [{ kind: 'D' }, { kind: 'B' }]);
    break;
  }
  await rm(join(folder, 'a.json'));
  t.deepEqual(await next(), [{ kind: 'B' }]);
  ending.abort();
  await following;
  t.deepEqual(heard, []);
});

test('a folder that is not there is an error', async (t) => {
  const following = followFolder(join(tmpdir(), 'ipvs-no-such-folder'), {
    onDocuments: () => t.fail(),
    onError: () => t.fail(),
    signal: new AbortController().signal,
  });
  await t.throwsAsync(following, { code: 'ENOENT' });
});
