import type { Clock } from '../../../types/clock.js';
import { type Refusal, refusalOf } from './failures.js';

/** Errnos that the same request may not get again. */
const passing = new Set(['EINTR', 'EAGAIN', 'EBUSY', 'ENOBUFS', 'ENOMEM', 'ETIMEDOUT']);

/** Milliseconds before each further attempt. */
const pauses = [10, 50, 250];

/** How a call came out, and how often it was made for that. */
export type Attempted<Result> =
  | { readonly attempts: number; readonly refusal?: undefined; readonly value: Result }
  | { readonly attempts: number; readonly refusal: Refusal };

/** Makes a call, up to three times more where what refuses it can pass. What is no refusal is thrown. */
export async function attempt<Result>(
  clock: Clock,
  call: (attempt: number) => Promise<Result>,
): Promise<Attempted<Result>> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return { attempts, value: await call(attempts) };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      const pause = passing.has(refusal.code) ? pauses[attempts - 1] : undefined;
      if (pause === undefined) return { attempts, refusal };
      await clock.sleep(pause);
    }
  }
}
