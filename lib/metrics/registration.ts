import { Slices } from '../kernel/slices.js';
import type { Scrape } from './collection.js';
import {
  definitionOf,
  type MetricDefinition,
  type MetricName,
  metricNames,
  type Part,
} from './definitions.js';
import type { CompleteMetricsOptions, MetricsRegistry } from './options.js';
import type { PromClient } from './prom-client.js';
import type { Sample } from './samples.js';

type PromMetric = InstanceType<PromClient['Counter']> | InstanceType<PromClient['Gauge']>;

/**
 * Puts the metrics into a registry, where they are filled at each scrape; returns their names there. Of one that the
 * registry has already, prom-client throws; then none is put in.
 */
export function register(
  client: PromClient,
  registry: MetricsRegistry,
  options: CompleteMetricsOptions,
  scrape: () => Promise<Scrape>,
): readonly string[] {
  const wanted = metricNames.filter((name) => isWanted(definitionOf(name).part, options));
  const inTurn = makeTurns();
  const registered: string[] = [];
  try {
    for (const name of wanted) {
      const metric: PromMetric = makeMetric(
        client,
        registry,
        `${options.prefix}${name}`,
        name,
        () =>
          scrape().then(({ samples }) =>
            inTurn(() => fill(metric, definitionOf(name), samples.of(name))),
          ),
      );
      registered.push(`${options.prefix}${name}`);
    }
    return registered;
  } catch (error) {
    for (const name of registered) registry.removeSingleMetric(name);
    throw error;
  }
}

function makeMetric(
  client: PromClient,
  registry: MetricsRegistry,
  fullName: string,
  name: MetricName,
  collect: () => Promise<void>,
): PromMetric {
  const { type, help, labels } = definitionOf(name);
  const configuration = {
    name: fullName,
    help,
    labelNames: [...labels],
    registers: [registry],
    // Of several processes that are asked together each reads the same kernel.
    aggregator: 'first' as const,
    collect,
  };
  return type === 'counter' ? new client.Counter(configuration) : new client.Gauge(configuration);
}

/** Replaces the values of a metric. Nothing else can come in between: two scrapes may be under way. */
function fill(
  metric: PromMetric,
  { labels: names }: MetricDefinition,
  samples: readonly Sample[],
): void {
  metric.reset();
  // A metric without labels would say 0 where nothing is known.
  if (names.length === 0) metric.remove();
  for (const { labels, value } of samples) {
    if ('set' in metric) metric.set(labels, value);
    else metric.inc(labels, value);
  }
}

/** Has one piece of work wait for the one before it, and the event loop get its turn in between. */
function makeTurns(): (work: () => void) => Promise<void> {
  const slices = new Slices();
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(() => slices.cut()).then(work);
    last = turn.catch(() => {});
    return turn;
  };
}

function isWanted(part: Part, options: CompleteMetricsOptions): boolean {
  switch (part) {
    case 'destinations':
    case 'cpus':
    case 'connections':
      return options[part];
    case 'reconciler':
      return options.reconciler !== undefined;
    default:
      return true;
  }
}
