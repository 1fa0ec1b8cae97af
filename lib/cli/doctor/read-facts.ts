import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import type { OpenOptions } from '../../../types/config.js';
import { IpvsError } from '../../kernel/errors.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import type { Examination, FactName, Facts, ModuleState } from './facts.js';
import { parseNeighbours } from './neighbours.js';
import type { NetworkFiles } from './network-files.js';
import { readNetworkSettings } from './network-settings.js';
import { parsePrivileges } from './privileges.js';
import { probe, probeTargets } from './probe.js';
import { parseRelease } from './release.js';
import { parseRoutes } from './routes.js';

/** What to look at. */
export interface ExaminationOptions extends OpenOptions {
  /** Milliseconds to wait for each destination that is connected to; absent: none is. */
  readonly probe?: number | undefined;
}

type Writable = { -readonly [Name in FactName]?: Facts[Name] };

/** Finds out everything that checks look at. Rejects only where the network namespace cannot be entered. */
export async function readFacts(
  files: NetworkFiles,
  open: (options: OpenOptions) => Promise<Ipvs>,
  { probe: timeout, ...options }: ExaminationOptions,
): Promise<Examination> {
  const facts: Writable = { release: parseRelease(release()) };
  const unknown = new Map<FactName, string>();
  const learn = async <Name extends FactName>(
    name: Name,
    find: () => Promise<Facts[Name]>,
  ): Promise<void> => {
    try {
      const value = await find();
      if (value === undefined) unknown.set(name, 'this kernel does not tell');
      else facts[name] = value;
    } catch (error) {
      unknown.set(name, error instanceof Error ? error.message : String(error));
    }
  };
  // Where the namespace cannot be entered, nothing can be said at all.
  const module = await readModule(files);
  facts.module = module;
  const devices = await files.devices();
  facts.devices = devices;
  await Promise.all([
    learn('privileges', async () =>
      parsePrivileges(
        await readFile('/proc/thread-self/status', 'utf8'),
        await readFile('/proc/thread-self/uid_map', 'utf8'),
      ),
    ),
    learn('settings', () =>
      readNetworkSettings(
        files,
        devices.map(({ name }) => name),
      ),
    ),
    learn('routes', async () => {
      const [route, fibTrie, ipv6Route] = await Promise.all([
        files.net('route'),
        files.net('fib_trie'),
        files.net('ipv6_route'),
      ]);
      return route === undefined || fibTrie === undefined
        ? undefined
        : parseRoutes({ route, fibTrie, ipv6Route });
    }),
    learn('neighbours', async () => {
      const text = await files.net('arp');
      return text === undefined ? undefined : parseNeighbours(text);
    }),
    learnFromIpvs(module, () => open(options), learn, unknown),
  ]);
  if (timeout === undefined) {
    unknown.set('probes', 'only with --probe');
  } else if (options.netns !== undefined) {
    unknown.set('probes', 'connections can only be made from the network namespace of the command');
  } else if (facts.services === undefined) {
    unknown.set('probes', unknown.get('services') ?? '');
  } else {
    facts.probes = await probe(probeTargets(facts.services), timeout);
  }
  return { facts, unknown };
}

const ofIpvs = [
  ...(['services', 'addresses', 'sysctls', 'timeouts'] as const),
  ...(['info', 'daemons', 'applications'] as const),
] as const satisfies readonly FactName[];

/** What IPVS itself tells. Where it is not there it is not asked, because that could load it. */
async function learnFromIpvs(
  { loaded }: ModuleState,
  open: () => Promise<Ipvs>,
  learn: <Name extends FactName>(name: Name, find: () => Promise<Facts[Name]>) => Promise<void>,
  unknown: Map<FactName, string>,
): Promise<void> {
  const fail = (reason: string) => {
    for (const name of ofIpvs) unknown.set(name, reason);
  };
  if (!loaded) {
    fail('IPVS is not loaded');
    return;
  }
  try {
    await using ipvs = await open();
    const snapshot = ipvs.snapshot({ settings: false });
    await Promise.all([
      learn('services', async () => (await snapshot).services),
      learn('addresses', async () => (await snapshot).addresses),
      learn('sysctls', () => ipvs.sysctls()),
      learn('timeouts', () => ipvs.timeouts()),
      learn('info', () => ipvs.info()),
      learn('daemons', () => ipvs.syncDaemons()),
      learn('applications', () => ipvs.applications()),
    ]);
  } catch (error) {
    if (!(error instanceof IpvsError)) throw error;
    fail(error.message);
  }
}

async function readModule(files: NetworkFiles): Promise<ModuleState> {
  const loaded = (await files.net('ip_vs_stats')) !== undefined;
  return { loaded, installed: await isInstalled() };
}

/** Looks where modprobe would. */
async function isInstalled(): Promise<boolean | undefined> {
  const folder = `/lib/modules/${release()}`;
  try {
    const lists = await Promise.all(
      ['modules.dep', 'modules.builtin'].map((name) => readFile(`${folder}/${name}`, 'utf8')),
    );
    return lists.some((list) => list.includes('/ip_vs.ko'));
  } catch {
    return undefined;
  }
}
