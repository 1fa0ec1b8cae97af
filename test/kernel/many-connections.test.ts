import { readdirSync, readlinkSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { makeDirector } from './_director.js';
import { indexInLargeTable } from './_large-table.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** How many connection tables the process has open. */
function openTables(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).endsWith('/net/ip_vs_conn');
    } catch {
      return false; // the descriptor that read the folder
    }
  }).length;
}

/** How many are open in the end. */
async function settledTables(): Promise<number> {
  const end = Date.now() + 20_000;
  while (openTables() > 0 && Date.now() < end) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return openTables();
}

test.serial('100,000 connections are listed, each once, with turns for others', async (t) => {
  t.timeout(300_000);
  const count = 100_000;
  const { ipvs, tellLargeTable } = await makeDirector(t);
  await tellLargeTable(count);

  let turns = 0;
  let ticking = setImmediate(function tick() {
    turns += 1;
    ticking = setImmediate(tick);
  });
  const seen = new Uint8Array(count);
  const written: number[] = [];
  let writtenAtEnd = 0;
  let listed = 0;
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  for await (const connection of ipvs.connections()) {
    const index = indexInLargeTable(connection);
    seen[index] = (seen[index] ?? 0) + 1;
    listed += 1;
    if (listed % 10_000 === 1) {
      const port = Math.ceil(listed / 10_000);
      const service = { protocol: 'udp', address: '10.9.0.9', port } as const;
      ipvs.addService(service).then(
        () => written.push(port),
        () => written.push(-port),
      );
    }
    if (listed % 25_000 === 0) {
      collectGarbage();
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    }
    writtenAtEnd = written.length;
  }
  clearImmediate(ticking);

  t.is(listed, count);
  t.true(seen.every((times) => times === 1));
  // Each write was carried out between two parts of the listing, and did not have to wait for its end.
  t.deepEqual(
    written,
    Array.from({ length: 10 }, (_, index) => index + 1),
  );
  t.is(writtenAtEnd, 10);
  // So did the event loop, as no part has more than 2,048 connections.
  t.true(turns >= count / 2048 - 1, `${turns} turns`);
  t.true(most < 8_000_000, `${most} bytes more`);
});

test.serial('leaving a listing early, in whatever way, closes the table', async (t) => {
  const { ipvs, open, tellLargeTable } = await makeDirector(t);
  await tellLargeTable(6000);
  t.is(openTables(), 0);

  for await (const _ of ipvs.connections()) break;
  t.is(await settledTables(), 0, 'by leaving the loop');

  const throws = async () => {
    for await (const { state } of ipvs.connections()) throw new Error(state);
  };
  await t.throwsAsync(throws, { message: 'ESTABLISHED' });
  t.is(await settledTables(), 0, 'by an error in the loop');

  const controller = new AbortController();
  const listing = ipvs.connections({}, { signal: controller.signal });
  await listing.next();
  t.is(openTables(), 1);
  controller.abort('enough');
  t.is(await settledTables(), 0, 'by a signal');
  t.is(await listing.next().catch((reason: unknown) => reason), 'enough');

  await (async () => {
    const forgotten = ipvs.connections();
    await forgotten.next();
    t.is(openTables(), 1);
    t.truthy(forgotten);
  })();
  t.is(await settledTables(), 0, 'by forgetting it');

  const other = await open();
  const held = other.connections();
  await held.next();
  t.is(openTables(), 1);
  await other.close();
  t.is(openTables(), 0, 'by closing the handle');
  const readOn = async () => {
    for (;;) if ((await held.next()).done) return;
  };
  await t.throwsAsync(readOn, { code: 'ERR_IPVS_CLOSED', message: /list-connections/ });

  // The handle itself was not harmed by any of it.
  let listed = 0;
  for await (const _ of ipvs.connections()) listed += 1;
  t.is(listed, 6000);
  t.is(openTables(), 0);
});
