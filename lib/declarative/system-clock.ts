import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../types/clock.js';

/** The clock of the system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};
