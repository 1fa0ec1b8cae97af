import type { CollectingReport } from '../../model/report.js';
import type { Defaults } from './defaults.js';

/** What the entries of a document are checked with. */
export interface DocumentContext {
  readonly report: CollectingReport;
  readonly allowNoScheduler: boolean;
  readonly defaults: Defaults;
  /** Where each service and each name was first seen. */
  readonly services: FirstPlaces;
  readonly names: FirstPlaces;
}

/** Tells what comes a second time from what comes first. */
export class FirstPlaces {
  readonly #paths = new Map<string, string>();

  /** Where it was first seen; `undefined` when that is here. */
  claim(id: string, path: string): string | undefined {
    const first = this.#paths.get(id);
    if (first === undefined) this.#paths.set(id, path);
    return first;
  }
}
