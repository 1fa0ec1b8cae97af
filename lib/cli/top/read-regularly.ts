import type { Reading } from './reading.js';
import type { Store } from './store.js';

/** Between the end of a reading and the next one, in milliseconds, however long the readings take. */
const shortestRest = 50;

/** Takes a reading at every interval, unless it is paused, until the signal is aborted. A failed one is told, too. */
export async function readRegularly(
  store: Store,
  read: () => Promise<Reading>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const begun = performance.now();
    const { wishes, isPaused } = store.get();
    if (!isPaused) await readOnce(store, read, signal);
    await nextTime(store, begun, wishes, signal);
  }
}

async function readOnce(
  store: Store,
  read: () => Promise<Reading>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const reading = await read();
    if (!signal.aborted) store.dispatch({ kind: 'reading', reading });
  } catch (error) {
    if (signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    store.dispatch({ kind: 'failure', message, at: Date.now() });
  }
}

/** Waits until the interval is over or a reading is wished for. */
function nextTime(store: Store, begun: number, wishes: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const { interval, isPaused } = store.get();
    const rest = Math.max(shortestRest, begun + interval - performance.now());
    const timer = isPaused ? undefined : setTimeout(done, rest);
    const unsubscribe = store.subscribe(check);
    signal.addEventListener('abort', done);
    function done() {
      clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener('abort', done);
      resolve();
    }
    function check() {
      if (store.get().wishes !== wishes) done();
    }
    if (signal.aborted) done();
    check();
  });
}
