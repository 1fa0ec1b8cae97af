// Applies one document after the other over the same part of a table until it is ended, as a process or as a thread. Says
// once that it is at work, in the middle of that.
import { parentPort, workerData } from 'node:worker_threads';
import { diff, Ipvs, normalize, readState } from 'ipvs';
import { killDocuments, killOptions } from './kill-documents.js';

const [netns = '', seed = '0', after = '0'] =
  (workerData as readonly string[] | null) ?? process.argv.slice(2);
const states = killDocuments(Number(seed)).map((document) => normalize(document));
// In turns with many operations in flight and with one.
const onError = Number(seed) % 2 === 0 ? 'continue' : 'stop';

let done = 0;

/** Says that it is at work when so many operations are done. */
function onOperation(): void {
  done += 1;
  if (done !== Number(after) + 1) return;
  if (parentPort === null) process.stdout.write('at work\n');
  else parentPort.postMessage('at work');
}

const ipvs = await Ipvs.open({ netns, timeout: 60_000 });
for (;;) {
  for (const desired of states) {
    const plan = diff(desired, await readState(ipvs, { desired }), killOptions);
    await ipvs.apply(plan, { onError, onOperation });
  }
}
