// Uses up all file descriptors and makes calls, gives them back and makes the calls again; prints how each went.
import { closeSync, openSync } from 'node:fs';
import { Ipvs } from 'ipvs';

const netns = process.argv[2] as string;
const held: number[] = [];

function useUp(): void {
  try {
    for (;;) held.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error;
  }
}

function giveBack(): void {
  for (const descriptor of held.splice(0)) closeSync(descriptor);
}

async function outcomeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'done';
  } catch (error) {
    return (error as Error).message;
  }
}

async function openAndClose(): Promise<void> {
  const ipvs = await Ipvs.open({ netns });
  await ipvs.close();
}

useUp();
const first = [await outcomeOf(openAndClose)];
// With a few left it gets further, to one after the other of what it opens.
const before = held.length;
for (let left = 1; left <= 4; left += 1) {
  closeSync(held.pop() as number);
  const outcome = await outcomeOf(openAndClose);
  if (outcome === 'done') break;
  first.push(outcome);
}
giveBack();

const ipvs = await Ipvs.open({ netns });
const service = { protocol: 'tcp', address: '10.70.0.1', port: 80, scheduler: 'rr' } as const;
const calls: Record<string, () => unknown> = {
  add: () => ipvs.addService(service),
  list: () => ipvs.listServices(),
  remove: () => ipvs.removeService(service),
  open: openAndClose,
  sync: () => ipvs.sync.listServices(),
  totals: () => ipvs.totals(),
  sysctls: () => ipvs.sysctls(),
  connections: () => ipvs.connections().next(),
  addresses: () => ipvs.listAddresses(),
  watch: () => ipvs.watchStats(1000).next(),
  snapshot: () => ipvs.snapshot({ settings: false, addresses: false }),
};

async function makeCalls(): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) outcomes[name] = await outcomeOf(call);
  return outcomes;
}

useUp();
const without = await makeCalls();
giveBack();
const after = await makeCalls();
await ipvs.close();
process.stdout.write(JSON.stringify({ first, held: before, without, after }));
