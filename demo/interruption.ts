const longestRun = 120_000;

/** Aborted by Ctrl-C, by `kill`, and when the demonstration takes much longer than it should. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => controller.abort(new Error(`stopped by ${name}`)));
  }
  const late = setTimeout(() => {
    controller.abort(new Error(`not done after ${longestRun / 1000} seconds`));
  }, longestRun);
  late.unref();
  return controller.signal;
}
