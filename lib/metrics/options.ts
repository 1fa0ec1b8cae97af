import type { OpenMetricsContentType, PrometheusContentType, Registry } from 'prom-client';
import type { ObservedService, ServiceId, ServiceRef } from '../../types/service.js';
import type { Reconciler } from '../declarative/loop/reconciler.js';
import { InvalidValueError } from '../model/invalid-value-error.js';
import { formatServiceId, resolveServiceRef } from '../model/service-id.js';

/** A registry of prom-client, of either format. */
export type MetricsRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;

/** The formats that metrics are written in: the text format 0.0.4 of Prometheus, or OpenMetrics 1.0. */
export type MetricsFormat = 'prometheus' | 'openmetrics';

/** What to make metrics of. */
export interface MetricsOptions {
  /** The services that have series of their own, with their destinations. Default: every one. */
  readonly services?: readonly ServiceRef[] | ((service: ObservedService) => boolean) | undefined;
  /** A name for a service, for its label `service_name`. Default: none. */
  readonly serviceName?: ((service: ObservedService) => string | undefined) | undefined;
  /** Whether destinations have series of their own: ten each. Default true. */
  readonly destinations?: boolean | undefined;
  /** Whether processors have series of their own: five each, for those that have counted anything. Default true. */
  readonly cpus?: boolean | undefined;
  /**
   * Whether to count the connection table by protocol and state. That reads the whole table at each scrape: 100,000
   * entries take the kernel some hundredths of a second, and up to Linux 6.13 about a second, 300,000 there more than a
   * minute. Default false.
   */
  readonly connections?: boolean | undefined;
  /**
   * The most series of services and destinations together, from 0. What is beyond is left out: services come first, in
   * canonical order, then destinations, each whole or not at all, so that it is the same at each scrape. Default 10000.
   */
  readonly maxSeries?: number | undefined;
  /** A reconciler to tell of. Events are counted from the time it is named first. */
  readonly reconciler?: Reconciler | undefined;
  /** What all names begin with: letters, digits and `_`. Default `ipvs_`. */
  readonly prefix?: string | undefined;
}

/** What to make metrics of, with nothing left to default. */
export interface CompleteMetricsOptions {
  readonly isWanted: (service: ObservedService) => boolean;
  readonly serviceName: (service: ObservedService) => string | undefined;
  readonly destinations: boolean;
  readonly cpus: boolean;
  readonly connections: boolean;
  readonly maxSeries: number;
  readonly reconciler: Reconciler | undefined;
  readonly prefix: string;
}

const names = [
  ...['services', 'serviceName', 'destinations', 'cpus', 'connections', 'maxSeries'],
  ...['reconciler', 'prefix'],
];

/** Checks what a caller wrote; `others` are options besides those of metrics. Throws {@link InvalidValueError}. */
export function checkMetricsOptions(
  options: MetricsOptions,
  others: readonly string[],
): CompleteMetricsOptions {
  checkNames(options, [...names, ...others]);
  const { serviceName, maxSeries = 10_000, reconciler, prefix = 'ipvs_' } = options;
  if (serviceName !== undefined && typeof serviceName !== 'function')
    throw new InvalidValueError('options.serviceName', serviceName, 'a function');
  if (!Number.isSafeInteger(maxSeries) || maxSeries < 0)
    throw new InvalidValueError('options.maxSeries', maxSeries, 'a whole number from 0');
  if (typeof prefix !== 'string' || !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(prefix))
    throw new InvalidValueError('options.prefix', prefix, 'letters, digits and _');
  if (reconciler !== undefined && !isReconciler(reconciler))
    throw new InvalidValueError('options.reconciler', reconciler, 'a Reconciler');
  return {
    isWanted: checkServices(options.services),
    serviceName: serviceName ?? (() => undefined),
    destinations: checkFlag(options, 'destinations', true),
    cpus: checkFlag(options, 'cpus', true),
    connections: checkFlag(options, 'connections', false),
    maxSeries,
    reconciler,
    prefix,
  };
}

/** Checks a registry, which is told by what it can do: there can be several copies of prom-client. */
export function checkRegistry(registry: unknown): MetricsRegistry {
  const { registerMetric } = (registry ?? {}) as Partial<MetricsRegistry>;
  if (typeof registerMetric === 'function') return registry as MetricsRegistry;
  throw new InvalidValueError('options.registry', registry, 'a Registry of prom-client');
}

function checkNames(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidValueError('options', options, 'an object');
  const unknown = Object.entries(options).find(([name]) => !known.includes(name));
  if (unknown === undefined) return;
  const [name, value] = unknown;
  throw new InvalidValueError(`options.${name}`, value, `no option but ${known.join(', ')}`);
}

function checkFlag(
  options: MetricsOptions,
  name: 'destinations' | 'cpus' | 'connections',
  otherwise: boolean,
): boolean {
  const value: unknown = options[name] ?? otherwise;
  if (typeof value === 'boolean') return value;
  throw new InvalidValueError(`options.${name}`, value, 'true or false');
}

function checkServices(services: MetricsOptions['services']): CompleteMetricsOptions['isWanted'] {
  if (services === undefined) return () => true;
  if (typeof services === 'function') return services;
  if (!Array.isArray(services))
    throw new InvalidValueError('options.services', services, 'a list of services, or a function');
  const ids = services.map((service: ServiceRef, index) =>
    formatServiceId(resolveServiceRef(service, `options.services[${index}]`)),
  );
  const wanted = new Set<ServiceId>(ids);
  return ({ id }) => wanted.has(id);
}

function isReconciler(value: unknown): boolean {
  const { on, status } = value as Partial<Reconciler>;
  return typeof on === 'function' && status !== undefined;
}
