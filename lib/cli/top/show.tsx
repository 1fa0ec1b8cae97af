import { render } from 'ink';
import { FrameStream } from './frame-stream.js';
import { readRegularly } from './read-regularly.js';
import type { Reading } from './reading.js';
import { Screen, type Terminal } from './screen.js';
import { initialState } from './state.js';
import { Store } from './store.js';
import type { Facts } from './texts.js';
import { View } from './view.js';

export interface ShowOptions {
  readonly terminal: Terminal;
  readonly keyboard: NodeJS.ReadStream;
  readonly facts: Facts;
  /** Milliseconds. */
  readonly interval: number;
  readonly read: (signal: AbortSignal) => Promise<Reading>;
}

/** Signals that a process ends at, if nobody takes them. */
const endings = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

/**
 * Shows the view until the user or a signal ends it; then what was on the terminal before is there again, also when the
 * process ends in another way. Returns the signal, if it was one.
 */
export async function show(options: ShowOptions): Promise<NodeJS.Signals | undefined> {
  const { terminal, keyboard, facts, interval, read } = options;
  const screen = new Screen(terminal);
  const store = new Store(initialState({ size: screen.size, interval }));
  const finish = new AbortController();
  const { signal } = finish;
  const end = untilEnd(store, signal);
  const resized = () => {
    screen.clear();
    store.dispatch({ kind: 'resize', size: screen.size });
  };

  process.on('exit', screen.close);
  screen.open();
  const app = render(<View store={store} facts={facts} redraw={() => screen.clear()} />, {
    stdout: new FrameStream(screen) as unknown as NodeJS.WriteStream,
    stdin: keyboard,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  terminal.on('resize', resized);
  try {
    const reading = readRegularly(store, () => read(signal), signal);
    const [ending] = await Promise.race([
      end,
      app.waitUntilExit().then(() => []),
      reading.then(() => []),
    ]);
    return ending;
  } finally {
    finish.abort();
    terminal.off('resize', resized);
    screen.close();
    app.unmount();
    process.off('exit', screen.close);
  }
}

/** Waits until the user wants to leave, or one of the signals comes. */
function untilEnd(store: Store, signal: AbortSignal): Promise<[NodeJS.Signals?]> {
  return new Promise((resolve) => {
    const unsubscribe = store.subscribe(() => {
      if (store.get().isOver) resolve([]);
    });
    const take = (name: NodeJS.Signals) => resolve([name]);
    // As long as these are there, nobody else ends the process before the screen is what it was.
    for (const name of endings) process.on(name, take);
    signal.addEventListener('abort', () => {
      unsubscribe();
      for (const name of endings) process.off(name, take);
    });
  });
}
