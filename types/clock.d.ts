/** The time, and a way to wait for it. */
export interface Clock {
  /** Milliseconds since the beginning of 1970. */
  now(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when that is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
