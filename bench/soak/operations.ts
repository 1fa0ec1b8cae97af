// Makes so many calls of every kind on two open handles, one for each way to the kernel, and prints samples of what the
// process holds as JSON: a child of main.ts that runs with --expose-gc.
import { Ipvs } from 'ipvs';
import { type Sample, takeSample } from './samples.js';
import { type Outcomes, Tally } from './tally.js';

const [namespace = '', total = 0] = process.argv.slice(2).map((word, index) => {
  return index === 0 ? word : Number(word);
}) as [string, number];
const sampled = 40;

const numbers = Array.from({ length: 20 }, (_, index) => index);
const kept = numbers.map((number) => `tcp/10.40.0.${number + 1}:80`);
const tally = new Tally();

/** Fills the table that is read. */
async function fill(ipvs: Ipvs): Promise<void> {
  for (const [number, id] of kept.entries()) {
    await ipvs.addService({ protocol: 'tcp', address: `10.40.0.${number + 1}`, port: 80 });
    for (let each = 1; each <= 5; each += 1) {
      await ipvs.addDestination(id, { address: `10.91.0.${each}`, port: 8080 });
    }
  }
}

/** Calls that change something, most of a kind in one turn. */
async function write(ipvs: Ipvs): Promise<void> {
  const spec = (number: number) =>
    ({ protocol: 'tcp', address: `10.41.0.${number + 1}`, port: 80, scheduler: 'rr' }) as const;
  const destination = { address: '10.91.0.1', port: 8080 };
  await tally.all(numbers.map((number) => ipvs.addService(spec(number))));
  await tally.all(numbers.map((number) => ipvs.addDestination(spec(number), destination)));
  await tally.all(numbers.map((number) => ipvs.setDestination(spec(number), destination)));
  await tally.all(
    numbers.flatMap((number) => [
      ipvs.updateDestination(spec(number), destination, { weight: number }),
      ipvs.updateService(spec(number), { scheduler: 'wlc' }),
    ]),
  );
  await tally.all(numbers.map((number) => ipvs.addService(spec(number))));
  await tally.all(numbers.map((number) => ipvs.removeDestination(spec(number), destination)));
  await tally.all(numbers.map((number) => ipvs.removeService(spec(number))));
  await tally.all(numbers.map((number) => ipvs.removeService(spec(number))));
}

async function read(ipvs: Ipvs): Promise<void> {
  for (const id of kept.slice(0, 8)) await tally.all([ipvs.getService(id)]);
  await tally.all(kept.map((id) => ipvs.listDestinations(id)));
  await tally.all([
    ipvs.info(),
    ipvs.timeouts(),
    ipvs.totals(),
    ipvs.sysctls(),
    ipvs.listServices(),
    ipvs.listServices({ lazy: true }),
    ipvs.syncDaemons(),
    ipvs.listAddresses(),
    ipvs.snapshot(),
    ipvs.connections().next(),
  ]);
}

async function abort(ipvs: Ipvs): Promise<void> {
  const controller = new AbortController();
  const calls = kept.slice(0, 4).map((id) => ipvs.getService(id, controller));
  controller.abort();
  await tally.all(calls);
}

function synchronise({ sync }: Ipvs): void {
  for (const id of kept.slice(0, 8)) {
    sync.getService(id);
    sync.updateDestination(id, '10.91.0.1:8080', { weight: 3 });
    tally.count('done');
    tally.count('done');
  }
}

await using netlink = await Ipvs.open({ netns: namespace, timeout: 60_000 });
await using sockopt = await Ipvs.open({ netns: namespace, transport: 'sockopt', timeout: 60_000 });
await fill(netlink);

const samples: Sample[] = [];
const started = performance.now();
for (let round = 0; tally.done < total; round += 1) {
  const ipvs = round % 2 === 0 ? netlink : sockopt;
  await write(ipvs);
  await read(ipvs);
  await abort(ipvs);
  synchronise(ipvs);
  if (tally.done >= (samples.length * total) / sampled)
    samples.push(await takeSample(tally.done, samples.at(-1)));
}
samples.push(await takeSample(tally.done, samples.at(-1)));
const seconds = (performance.now() - started) / 1000;
const outcomes: Outcomes = tally.outcomes;
process.stdout.write(JSON.stringify({ samples, seconds, outcomes }));
