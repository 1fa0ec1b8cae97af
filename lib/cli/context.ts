import type { OpenOptions } from '../../types/config.js';
import type { Ipvs } from '../kernel/ipvs.js';

/** A stream that text is written to, and whether a person reads it. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Everything that a verb has to do with besides its words. Tests bring their own. */
export interface Context {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by SIGINT and SIGTERM, for verbs that go on until they are told to stop. */
  readonly signal: AbortSignal;
  /** Opens the library. */
  open(options: OpenOptions): Promise<Ipvs>;
  /** How the process ends: 0 unless a verb says otherwise. */
  exitCode: number;
}

/** The context of the process. */
export function processContext(): Context {
  let stop: AbortController | undefined;
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    get signal() {
      // Who never asks is ended by the signals as any program is.
      stop ??= abortBySignals();
      return stop.signal;
    },
    open: async (options) => {
      const { Ipvs } = await import('../kernel/ipvs.js');
      return Ipvs.open(options);
    },
    exitCode: 0,
  };
}

function abortBySignals(): AbortController {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stop.abort(new Interrupted(name)));
  }
  return stop;
}

/** Calls back for each SIGHUP, which then does not end the process; answers what ends that. */
export function onHangup(listener: () => void): () => void {
  process.on('SIGHUP', listener);
  return () => process.off('SIGHUP', listener);
}

/** A signal told the process to stop. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}
