// Reads the text of metrics, strictly: whatever is not as the formats have it throws.

/** A metric as its text has it. */
export interface ReadMetric {
  readonly type: string;
  readonly help: string;
  /** Values by their labels, sorted: `a="1",b="2"`. */
  readonly series: ReadonlyMap<string, number>;
}

/** The metrics of a text, by the names of their samples. */
export function readMetrics(text: string): ReadonlyMap<string, ReadMetric> {
  const isOpenMetrics = text.endsWith('# EOF\n');
  const metrics = new Map<string, { type: string; help: string; series: Map<string, number> }>();
  let current: { name: string; help: string; type?: string } | undefined;
  for (const line of text.split('\n')) {
    if (line === '' || line === '# EOF') continue;
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\w+) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      current = { name, help: rest };
    } else if (keyword === 'TYPE') {
      if (current?.name !== name) throw new Error(`no help before ${line}`);
      current.type = rest;
      const full = isOpenMetrics && rest === 'counter' ? `${name}_total` : name;
      if (metrics.has(full)) throw new Error(`a second ${full}`);
      metrics.set(full, { type: rest, help: current.help, series: new Map() });
    } else {
      const [sample, labels, value] = readSample(line);
      const metric = metrics.get(sample);
      if (metric === undefined || !sample.startsWith(current?.name ?? '?'))
        throw new Error(`out of place: ${line}`);
      if (metric.series.has(labels)) throw new Error(`a second ${line}`);
      metric.series.set(labels, value);
    }
  }
  return metrics;
}

function readSample(line: string): [name: string, labels: string, value: number] {
  const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([pair]) => pair);
  if (pairs.join(',') !== labels) throw new Error(`no labels: ${labels}`);
  const number = Number(value);
  if (Number.isNaN(number)) throw new Error(`no number: ${line}`);
  return [name, pairs.sort().join(','), number];
}

/** The labels of a series as the reader writes them. */
export function labelText(labels: Readonly<Record<string, string | number>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .sort()
    .join(',');
}
