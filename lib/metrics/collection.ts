import type { CompleteMetricsOptions } from './options.js';
import { type Reading, type ReadPart, read } from './reading.js';
import { tallyOf } from './reconciler-tally.js';
import { Samples } from './samples.js';
import { addServices, samplesOfCounters } from './service-samples.js';
import type { MetricsSource } from './source.js';

/** What a scrape came to. */
export interface Scrape {
  readonly samples: Samples;
  /** Why the services could not be read; absent where they were. */
  readonly failure?: unknown;
}

/** Reads a kernel for whoever asks. Those who ask while it is being read share the reading. */
export class Collection {
  readonly options: CompleteMetricsOptions;
  readonly #source: MetricsSource;
  readonly #errors = new Map<ReadPart, number>();
  #current: Promise<Scrape> | undefined;

  constructor(source: MetricsSource, options: CompleteMetricsOptions) {
    this.#source = source;
    this.options = options;
    // It counts from now on.
    if (options.reconciler !== undefined) tallyOf(options.reconciler);
    for (const part of partsOf(options)) this.#errors.set(part, 0);
  }

  /** What there is now. Never rejects on behalf of the kernel. */
  scrape(): Promise<Scrape> {
    this.#current ??= this.#scrape();
    return this.#current;
  }

  async #scrape(): Promise<Scrape> {
    try {
      const reading = await read(this.#source, this.options);
      for (const part of reading.failures.keys())
        this.#errors.set(part, (this.#errors.get(part) ?? 0) + 1);
      const samples = await this.#samplesOf(reading);
      const failed = reading.failures.has('services');
      return failed ? { samples, failure: reading.failures.get('services') } : { samples };
    } finally {
      this.#current = undefined;
    }
  }

  async #samplesOf(reading: Reading): Promise<Samples> {
    const samples = new Samples(this.options.maxSeries);
    const { services, totals, cpus, connections } = reading;
    if (services !== undefined) await addServices(samples, services, this.options);
    if (totals !== undefined) addAll(samples, samplesOfCounters('', totals, {}));
    for (const { cpu, ...counters } of cpus ?? []) {
      // Processors that a machine could have and has not are listed as well.
      if (Object.values(counters).some((value) => value !== 0n))
        addAll(samples, samplesOfCounters('cpu_', counters, { cpu: String(cpu) }));
    }
    for (const { protocol, state, template, count } of connections ?? [])
      samples.add('connection_entries', count, { protocol, state, template: String(template) });
    this.#addSettings(samples, reading);
    if (this.options.reconciler !== undefined) tallyOf(this.options.reconciler).addTo(samples);
    samples.add('up', Number(services !== undefined));
    samples.add('scrape_duration_seconds', reading.durationSeconds);
    samples.add('series_omitted', samples.omitted);
    for (const [part, count] of this.#errors) samples.add('scrape_errors_total', count, { part });
    return samples;
  }

  #addSettings(samples: Samples, { settings }: Reading): void {
    if (settings === undefined) return;
    const { info, timeouts, daemons = [] } = settings;
    const { transport } = this.#source;
    if (info !== undefined) {
      const labels = { version: info.version, ...(transport === undefined ? {} : { transport }) };
      samples.add('info', 1, labels);
      samples.add('connection_table_buckets', info.connectionTableSize);
    }
    if (timeouts !== undefined) {
      samples.add('connection_timeout_seconds', timeouts.tcp, { kind: 'tcp' });
      samples.add('connection_timeout_seconds', timeouts.tcpFin, { kind: 'tcp_fin' });
      samples.add('connection_timeout_seconds', timeouts.udp, { kind: 'udp' });
    }
    for (const { role, interface: name, syncId } of daemons)
      samples.add('sync_daemon_info', 1, { role, interface: name, sync_id: String(syncId) });
  }
}

function addAll(samples: Samples, all: ReturnType<typeof samplesOfCounters>): void {
  for (const { name, value, labels } of all) samples.add(name, value, labels);
}

/** What is read, whether it is there or not. */
function partsOf({ cpus, connections }: CompleteMetricsOptions): ReadPart[] {
  return [
    'services',
    'totals',
    ...(cpus ? (['cpus'] as const) : []),
    'settings',
    ...(connections ? (['connections'] as const) : []),
  ];
}
