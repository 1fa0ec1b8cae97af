import type { Reconciler } from '../declarative/loop/reconciler.js';
import type { Samples } from './samples.js';

/** What has happened to a reconciler, which itself only knows how it stands. */
class ReconcilerTally {
  #errors = 0;
  #drifts = 0;
  readonly #operations = new Counts();
  readonly #drains = new Counts();
  #lastCycleSeconds: number | undefined;
  #lastSuccessSeconds: number | undefined;
  readonly #reconciler: Reconciler;

  constructor(reconciler: Reconciler) {
    this.#reconciler = reconciler;
    reconciler.on('error', () => {
      this.#errors += 1;
    });
    reconciler.on('drift', () => {
      this.#drifts += 1;
    });
    reconciler.on('operation', ({ op: operation, status }) =>
      this.#operations.count({ operation, status }),
    );
    reconciler.on('drain', ({ outcome }) => this.#drains.count({ outcome }));
    reconciler.on('cycle', ({ durationMs, converged }) => {
      this.#lastCycleSeconds = durationMs / 1000;
      if (converged) this.#lastSuccessSeconds = Date.now() / 1000;
    });
  }

  addTo(samples: Samples): void {
    const { state, converged, cycles, draining, backedOff } = this.#reconciler.status;
    const runs = state === 'waiting' || state === 'working';
    samples.add('reconciler_running', Number(runs));
    samples.add('reconciler_converged', Number(converged));
    samples.add('reconciler_draining_destinations', draining);
    samples.add('reconciler_backed_off_services', Object.keys(backedOff).length);
    samples.add('reconciler_cycles_total', cycles);
    samples.add('reconciler_errors_total', this.#errors);
    samples.add('reconciler_drifts_total', this.#drifts);
    this.#operations.each((labels, value) =>
      samples.add('reconciler_operations_total', value, labels),
    );
    this.#drains.each((labels, value) => samples.add('reconciler_drains_total', value, labels));
    if (this.#lastCycleSeconds !== undefined)
      samples.add('reconciler_last_cycle_duration_seconds', this.#lastCycleSeconds);
    if (this.#lastSuccessSeconds !== undefined)
      samples.add('reconciler_last_success_timestamp_seconds', this.#lastSuccessSeconds);
  }
}

/** How often something has happened, by its labels. */
class Counts {
  readonly #counts = new Map<string, { readonly labels: Record<string, string>; count: number }>();

  count(labels: Record<string, string>): void {
    const key = Object.values(labels).join(' ');
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { labels, count: 1 });
    else known.count += 1;
  }

  each(visit: (labels: Record<string, string>, count: number) => void): void {
    for (const { labels, count } of this.#counts.values()) visit(labels, count);
  }
}

const tallies = new WeakMap<Reconciler, ReconcilerTally>();

/** The tally of a reconciler, which begins when it is asked for first, and ends with the reconciler. */
export function tallyOf(reconciler: Reconciler): ReconcilerTally {
  const known = tallies.get(reconciler);
  if (known !== undefined) return known;
  const tally = new ReconcilerTally(reconciler);
  tallies.set(reconciler, tally);
  return tally;
}
