// Keeps IPVS as the Services and EndpointSlices of a cluster ask of this node. They are read from a file, or from the
// .json files of a folder, and again whenever those change; see README.md beside this file.
import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { followFile, formatPlan, Ipvs, Reconciler } from 'ipvs';
import { documentFromKubernetes } from './document-from-kubernetes.js';
import { followFolder } from './follow-folder.js';
import { readObjects } from './read-objects.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'node-address': { type: 'string', multiple: true, default: [] },
    'node-name': { type: 'string' },
  },
});
const [path] = positionals;
if (path === undefined || positionals.length > 1) {
  console.error('main.js FILE|FOLDER [--node-address ADDRESS]... [--node-name NAME]');
  process.exit(2);
}

const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());

await using ipvs = await Ipvs.open();
const reconciler = new Reconciler(ipvs, {
  // Every service of this network namespace is the cluster's.
  scope: { mode: 'exclusive' },
  // A closed connection is remembered for two minutes more: too long where Pods come and go all day.
  drain: { until: 'no-active' },
});
reconciler.on('plan', (plan) => console.log(formatPlan(plan)));
reconciler.on('drain', ({ service, destination, outcome }) => {
  console.log(`${service}${destination === undefined ? '' : ` -> ${destination}`}: ${outcome}`);
});
reconciler.on('error', onError);
reconciler.start();

const { signal } = ending;
const isFolder = (await stat(path)).isDirectory();
await (isFolder
  ? followFolder(path, { onDocuments: setDesired, onError, signal })
  : followFile(path, { onDocument: (document) => setDesired([document]), onError, signal }));
await reconciler.stop();

/** What cannot be read, or makes no valid document, is an error; then what was said before stays in force. */
function setDesired(documents: readonly unknown[]): void {
  const nodeName = values['node-name'];
  reconciler.setDesired(
    documentFromKubernetes({
      ...readObjects(documents),
      nodeAddresses: values['node-address'],
      ...(nodeName === undefined ? {} : { nodeName }),
    }),
  );
}

function onError(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
}
