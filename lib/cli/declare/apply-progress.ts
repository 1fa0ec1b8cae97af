import type { DrainResult, OperationResult } from '../../../types/apply.js';
import type { LiveLine } from '../live-line.js';
import { bar } from '../units.js';
import { DrainCounts, describeOutcome, nameDrain } from './drain-counts.js';
import { describeResult } from './report-text.js';

/** Shows how far a run is: what has been done, then what drains. */
export class ApplyProgress {
  readonly #line: LiveLine;
  readonly #total: number;
  readonly #tellsAll: boolean;
  readonly #drains = new DrainCounts();
  #done = 0;

  /** `tellsAll`: a line for each operation that stays. */
  constructor(line: LiveLine, total: number, tellsAll: boolean) {
    this.#line = line;
    this.#total = total;
    this.#tellsAll = tellsAll;
  }

  readonly onOperation = (result: OperationResult): void => {
    if (this.#tellsAll) this.#line.say(describeResult(result));
    this.#done += 1;
    // There can be more, where others write as well and it is begun anew.
    const total = Math.max(this.#total, this.#done);
    const picture = bar(this.#done / total, 20);
    this.#line.show(`${picture} ${this.#done} of ${total}  ${describeResult(result)}`);
  };

  readonly onDrain = (result: DrainResult): void => {
    const isNews = this.#drains.take(result);
    const isOver = result.outcome !== 'pending';
    // On a terminal the counts are on the line; elsewhere each change is a line of its own.
    if (isOver || (isNews && !this.#line.isLive)) {
      this.#line.say(`${nameDrain(result)}: ${describeOutcome(result)}`);
    }
    this.#line.show(this.#drains.left === 0 ? '' : this.#drains.text);
  };
}
