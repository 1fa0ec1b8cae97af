import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { Companion } from './_companion.js';
import { makeNamespace, type Namespace } from './_namespace.js';

/** The service of a site, and its servers. */
export const site = {
  service: 'tcp/10.9.0.1:80',
  virtual: '10.9.0.1',
  first: '10.9.1.1:8080',
  second: '10.9.1.2:8080',
} as const;

/** A document with the site's service and these servers, by their last number. */
export const siteDocument = (...servers: readonly number[]): string =>
  JSON.stringify({
    version: 1,
    services: [
      {
        protocol: 'tcp',
        address: site.virtual,
        port: 80,
        scheduler: 'rr',
        destinations: servers.map((number) => ({ address: `10.9.1.${number}`, port: 8080 })),
      },
    ],
  });

/** A namespace with a service in front of one server, whose clients can hold connections open. */
export interface Site extends Namespace {
  /** Opens so many connections, which stay. */
  hold(connections: number): Promise<void>;
  /** Uses each of them once more and closes it; answers how that went. */
  release(): Promise<Record<string, number>>;
}

export async function makeSite(t: ExecutionContext): Promise<Site> {
  const namespace = await makeNamespace(t);
  const { ipvs, run } = namespace;
  const addresses = [site.virtual, '10.9.0.3', '10.9.1.1', '10.9.1.2'];
  const bind = addresses.map((address) => `ip address add ${address}/32 dev lo`);
  await run('sh', '-ec', bind.join('\n'));
  await ipvs.addService({ protocol: 'tcp', address: site.virtual, port: 80, scheduler: 'rr' });
  await ipvs.addDestination(site.service, { address: '10.9.1.1', port: 8080 });
  const companion = Companion.startChild(t, namespace, 'clients', site.virtual, '10.9.0.3');
  await companion.answer();
  return {
    ...namespace,
    async hold(connections) {
      await companion.ask(['hold', connections]);
    },
    async release() {
      return JSON.parse(await companion.ask(['release', 0]));
    },
  };
}

/** The destinations of the site's service as `address weight`. */
export async function siteWeights({ ipvs }: Namespace): Promise<string[]> {
  const listed = await ipvs.listDestinations(site.service);
  return listed.map(({ address, weight }) => `${address} ${weight}`);
}

/** A file that a test writes, and replaces as a whole. */
export interface TestFile {
  readonly path: string;
  replace(text: string): Promise<void>;
}

export async function makeFile(
  t: Pick<ExecutionContext, 'teardown'>,
  text: string,
): Promise<TestFile> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-cli-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'document');
  await writeFile(path, text);
  return {
    path,
    async replace(next) {
      await writeFile(`${path}.next`, next);
      await rename(`${path}.next`, path);
    },
  };
}
