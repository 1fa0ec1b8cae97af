import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../types/clock.js';

/** The longest that a timer of Node can wait, in milliseconds; a longer one would fire at once. */
const longest = 0x7fffffff;

/** The clock of the system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    for (let left = ms; ; left -= longest) {
      await sleep(Math.min(left, longest), undefined, signal === undefined ? {} : { signal });
      if (left <= longest) return;
    }
  },
};
