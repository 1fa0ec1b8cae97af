import type { Scrape } from './collection.js';
import type { CompleteMetricsOptions, MetricsFormat } from './options.js';
import type { PromClient } from './prom-client.js';
import { register } from './registration.js';

/** The content type of a format. */
export function contentTypeOf(client: PromClient, format: MetricsFormat): string {
  return format === 'openmetrics' ? client.openMetricsContentType : client.prometheusContentType;
}

/** The text of a scrape. */
export function formatScrape(
  client: PromClient,
  format: MetricsFormat,
  scrape: Scrape,
  options: CompleteMetricsOptions,
): Promise<string> {
  const registry =
    format === 'openmetrics'
      ? openMetricsRegistry(client)
      : new client.Registry<typeof client.prometheusContentType>();
  register(client, registry, options, () => Promise.resolve(scrape));
  return registry.metrics();
}

function openMetricsRegistry(client: PromClient) {
  const registry = new client.Registry<typeof client.openMetricsContentType>();
  registry.setContentType(client.Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}
