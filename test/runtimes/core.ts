// What every runtime must be able to do, on a kernel that has IPVS, with nothing but the package: a line for each, and at
// the end nothing that keeps the process.
import { strict as assert } from 'node:assert';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { diff, InvalidValueError, Ipvs, IpvsError, normalize } from 'ipvs';
import { FakeKernel } from 'ipvs/testing';

const spec = { protocol: 'tcp', address: '10.9.0.1', port: 80, scheduler: 'rr' } as const;
const id = 'tcp/10.9.0.1:80';
const server = { address: '10.9.1.1', port: 8080, weight: 3 } as const;
const document = {
  version: 1,
  services: [
    { ...spec, destinations: [{ address: '10.9.1.2' }, { address: '10.9.1.3' }] },
    { protocol: 'udp', address: 'fd09::1', port: 53, destinations: [{ address: 'fd09::2' }] },
  ],
  vips: { device: 'ipvs0' },
} as const;

type Part = (ipvs: Ipvs) => Promise<void>;

const parts: Readonly<Record<string, Part>> = {
  async information(ipvs) {
    const { version } = await ipvs.info();
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.equal(ipvs.transport, 'netlink');
    assert.ok((await ipvs.schedulers()).includes('rr'));
  },
  async services(ipvs) {
    await ipvs.addService(spec);
    await ipvs.addDestination(id, server);
    await ipvs.updateDestination(id, '10.9.1.1:8080', { weight: 0 });
    const [service] = await ipvs.listServices();
    assert.equal(service?.id, id);
    assert.equal(typeof service?.stats.connections, 'bigint');
    const [destination] = await ipvs.listDestinations(id);
    assert.equal(destination?.weight, 0);
  },
  async 'many at once'(ipvs) {
    const marks = Array.from({ length: 500 }, (_, index) => index + 1);
    await Promise.all(marks.map((fwmark) => ipvs.addService({ fwmark, family: 'ipv4' })));
    assert.equal((await ipvs.listServices({ lazy: true })).length, 501);
    await Promise.all(
      marks.map((fwmark) => ipvs.removeService({ fwmark, family: 'ipv4' as const })),
    );
  },
  async errors(ipvs) {
    const refused = (error: unknown) => error instanceof IpvsError && error.code === 'EEXIST';
    await assert.rejects(ipvs.addService(spec), refused);
    const wrong = async () => ipvs.addService({ ...spec, port: -1 });
    await assert.rejects(wrong(), (error) => error instanceof InvalidValueError);
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(ipvs.listServices({ signal }), /enough/);
  },
  async snapshot(ipvs) {
    const { consistent, services } = await ipvs.snapshot();
    assert.ok(consistent);
    assert.equal(services[0]?.destinations.length, 1);
  },
  async connections(ipvs) {
    let count = 0;
    for await (const _ of ipvs.connections()) count += 1;
    assert.equal(count, 0);
  },
  async statistics(ipvs) {
    assert.equal((await ipvs.totals()).connections, 0n);
    for await (const _ of ipvs.watchStats(1000)) break;
  },
  async settings(ipvs) {
    await ipvs.setSysctl('expire_nodest_conn', 1);
    assert.equal((await ipvs.sysctls())['expire_nodest_conn'], 1);
    await ipvs.setTimeouts({ udp: 200 });
    assert.equal((await ipvs.timeouts()).udp, 200);
  },
  async sync({ sync }) {
    assert.deepEqual(
      sync.listServices().map((service) => service.id),
      [id],
    );
    sync.updateService(id, { scheduler: 'wrr' });
    assert.equal(sync.getService(id)?.scheduler, 'wrr');
  },
  async reconcile(ipvs) {
    const desired = normalize(document);
    assert.ok((await ipvs.reconcile(desired)).ok);
    assert.equal((await ipvs.listServices()).length, 2);
    assert.equal((await ipvs.listAddresses('ipvs0')).length, 2);
    assert.equal(diff(desired, await ipvs.snapshot()).operations.length, 0);
  },
  async 'worker threads'() {
    const workers = Array.from({ length: 3 }, () => new Worker(fileURLToPath(import.meta.url)));
    const answers = workers.map(
      (worker) =>
        new Promise((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    );
    assert.deepEqual(await Promise.all(answers), [2, 2, 2]);
    await Promise.all(workers.map((worker) => worker.terminate()));
  },
  async 'a fake kernel'() {
    const kernel = new FakeKernel();
    await kernel.addService(spec);
    assert.equal((await kernel.snapshot()).services.length, 1);
  },
  async close(ipvs) {
    await ipvs.flush();
    await ipvs.close();
    const refused = { code: 'ERR_IPVS_CLOSED' };
    await assert.rejects(ipvs.listServices(), refused);
  },
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const ipvs = await Ipvs.open({ timeout: 60_000 });
  for (const [name, part] of Object.entries(parts)) {
    try {
      await part(ipvs);
      say(`ok ${name}`);
    } catch (error) {
      say(`not ok ${name}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  // Closed, or not if that went wrong: this must not keep the process.
  await Ipvs.open();
  say('end');
}

async function work(): Promise<void> {
  const ipvs = await Ipvs.open({ timeout: 60_000 });
  parentPort?.postMessage((await ipvs.listServices()).length);
}

await (isMainThread ? main() : work());
