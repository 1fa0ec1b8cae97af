// The package's entry `ipvs/metrics`.
import { InvalidValueError } from '../model/invalid-value-error.js';
import { Collection } from './collection.js';
import {
  checkMetricsOptions,
  checkRegistry,
  type MetricsFormat,
  type MetricsOptions,
  type MetricsRegistry,
} from './options.js';
import { loadPromClient } from './prom-client.js';
import { register } from './registration.js';
import type { MetricsSource } from './source.js';
import { formatScrape } from './text.js';

export type { MetricsFormat, MetricsOptions, MetricsRegistry } from './options.js';
export type { MetricsSource } from './source.js';

/** What to make metrics of, and where to put them. */
export interface RegisterOptions extends MetricsOptions {
  /** A registry of prom-client, which may have other metrics. */
  readonly registry: MetricsRegistry;
}

/** What to make metrics of, and how to write them. */
export interface CollectOptions extends MetricsOptions {
  /** Default `prometheus`. A registry of your own has a format of its own. */
  readonly format?: MetricsFormat | undefined;
  /** A registry of prom-client that the metrics join, for good, as `registerMetrics` has it; the text is all of it. */
  readonly registry?: MetricsRegistry | undefined;
}

/** Metrics in a registry. */
export interface RegisteredMetrics {
  /** Takes them out of the registry. */
  unregister(): void;
}

/**
 * Puts the metrics of a kernel into a registry of prom-client. At each scrape the kernel is read once, however many
 * metrics there are; scrapes at the same time share a reading. (Metrics that are asked for one after the other, not with the
 * registry, read it one by one.) Where the services cannot be read, the scrape has `ipvs_up 0`
 * and everything else that the registry holds.
 *
 * Rejects with {@link InvalidValueError} for options that make no sense, with `ERR_MODULE_NOT_FOUND` where prom-client is
 * not installed, and with the error of prom-client where the registry has a metric of the same name.
 *
 * @example
 * import { register } from 'prom-client';
 * await registerMetrics(ipvs, { registry: register });
 */
export async function registerMetrics(
  ipvs: MetricsSource,
  options: RegisterOptions,
): Promise<RegisteredMetrics> {
  const checked = checkMetricsOptions(options, ['registry']);
  const registry = checkRegistry(options.registry);
  const client = await loadPromClient();
  const collection = new Collection(ipvs, checked);
  const names = register(client, registry, checked, () => collection.scrape());
  return {
    unregister() {
      for (const name of names) registry.removeSingleMetric(name);
    },
  };
}

/**
 * Text of the metrics of a kernel as it is now, for Prometheus or as OpenMetrics.
 *
 * With a registry of your own the metrics join it the first time, with the options of that time, and the text is that of
 * the whole registry; then it is like {@link registerMetrics}. Without one, it rejects with `IpvsError` where the services cannot
 * be read.
 *
 * Rejects with {@link InvalidValueError} for options that make no sense, and with `ERR_MODULE_NOT_FOUND` where prom-client
 * is not installed.
 *
 * @example
 * await using ipvs = await Ipvs.open();
 * console.log(await collectMetrics(ipvs, { destinations: false }));
 */
export async function collectMetrics(
  ipvs: MetricsSource,
  options: CollectOptions = {},
): Promise<string> {
  const checked = checkMetricsOptions(options, ['format', 'registry']);
  const { format = 'prometheus', registry } = options;
  if (format !== 'prometheus' && format !== 'openmetrics')
    throw new InvalidValueError('options.format', format, 'prometheus or openmetrics');
  if (registry !== undefined) {
    if (options.format !== undefined)
      throw new InvalidValueError('options.format', format, 'nothing: the registry has its own');
    const { format: _, ...rest } = options;
    await join(ipvs, { ...rest, registry });
    return registry.metrics();
  }
  const client = await loadPromClient();
  const scrape = await new Collection(ipvs, checked).scrape();
  if ('failure' in scrape) throw scrape.failure;
  return formatScrape(client, format, scrape, checked);
}

/** The registries that a kernel's metrics have joined, or are about to. */
const joined = new WeakMap<MetricsSource, WeakMap<MetricsRegistry, Promise<unknown>>>();

/** Joins a registry, once. */
async function join(ipvs: MetricsSource, options: RegisterOptions): Promise<void> {
  const registries = joined.get(ipvs) ?? new WeakMap<MetricsRegistry, Promise<unknown>>();
  joined.set(ipvs, registries);
  const registry = checkRegistry(options.registry);
  const known = registries.get(registry);
  if (known !== undefined) {
    await known;
    return;
  }
  const joining = registerMetrics(ipvs, options);
  registries.set(registry, joining);
  try {
    await joining;
  } catch (error) {
    registries.delete(registry);
    throw error;
  }
}
