import { Collection, type Scrape } from '../../metrics/collection.js';
import { definitionOf, metricNames } from '../../metrics/definitions.js';
import type { MetricsFormat, MetricsOptions, MetricsSource } from '../../metrics/index.js';
import { checkMetricsOptions } from '../../metrics/options.js';
import { loadPromClient, type PromClient } from '../../metrics/prom-client.js';
import { contentTypeOf, formatScrape } from '../../metrics/text.js';
import type { Page } from './server.js';

/** A metric with its values, for programs. */
interface ListedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: object; readonly value: number }[];
}

/** The metrics of a kernel as pages of a server, each read anew but for those that are asked for at the same time. */
export class MetricsPages {
  readonly #collection: Collection;
  readonly #client: PromClient;

  private constructor(collection: Collection, client: PromClient) {
    this.#collection = collection;
    this.#client = client;
  }

  /** Rejects with `InvalidValueError` for wrong options, and without prom-client. */
  static async make(source: MetricsSource, options: MetricsOptions): Promise<MetricsPages> {
    const checked = checkMetricsOptions(options, []);
    return new MetricsPages(new Collection(source, checked), await loadPromClient());
  }

  /** Rejects with the kernel's error where the services cannot be read. */
  async page(format: MetricsFormat): Promise<Page> {
    const scrape = await this.#scrape();
    const text = await formatScrape(this.#client, format, scrape, this.#collection.options);
    return { type: contentTypeOf(this.#client, format), text };
  }

  /** The metrics that have values. Rejects as {@link page} does. */
  async list(): Promise<ListedMetric[]> {
    const { samples } = await this.#scrape();
    return metricNames.flatMap((name) => {
      const { type, help } = definitionOf(name);
      const own = samples.of(name).map(({ labels, value }) => ({ labels, value }));
      const fullName = `${this.#collection.options.prefix}${name}`;
      return own.length === 0 ? [] : [{ name: fullName, type, help, samples: own }];
    });
  }

  async #scrape(): Promise<Scrape> {
    const scrape = await this.#collection.scrape();
    if ('failure' in scrape) throw scrape.failure;
    return scrape;
  }
}
