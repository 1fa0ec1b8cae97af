// How Node services run ipvsadm, measured. Each is called by its name in a process of its own: see apart.ts.
import { type Measurement, measure } from './measure.js';
import { ipvsadm, parseConnections, parseListing, restoreRules } from './programs.js';
import { makeChanges, makeRules, type Size } from './tables.js';

/** Has `ipvsadm -R` make the table. */
export function restoreTable(size: Size, namespace: string): Promise<Measurement> {
  const rules = makeRules(size);
  return measure(() => restoreRules(rules, namespace));
}

/** Gives a destination another weight in one service after the other. */
export function changeOneByOne(
  services: readonly string[],
  destination: string,
  weight: number,
): Promise<Measurement> {
  return measure(async () => {
    for (const service of services) {
      await ipvsadm(['-e', '-t', service, '-r', destination, '-m', '-w', String(weight)]);
    }
  });
}

/** Asks for the statistics of one service after the other. */
export function readStatistics(services: readonly string[]): Promise<Measurement> {
  return measure(async () => {
    for (const service of services) {
      await ipvsadm(['-L', '-n', '--stats', '--exact', '-t', service]);
    }
  });
}

/** Lists the table, and parses what is printed. */
export function listTable(): Promise<Measurement> {
  return measure(async () => parseListing(await ipvsadm(['-L', '-n'])));
}

/** Lists the connections, and parses what is printed. */
export function listConnections(namespace: string): Promise<Measurement> {
  return measure(async () => parseConnections(await ipvsadm(['-L', '-n', '-c'], namespace)));
}

/** Finds out what there is, and gives the destinations of the first services another weight. */
export function changeServices(size: Size, services: number, weight: number): Promise<Measurement> {
  const rules = makeChanges(size, services, weight);
  return measure(async () => {
    parseListing(await ipvsadm(['-L', '-n']));
    await restoreRules(rules);
  });
}
