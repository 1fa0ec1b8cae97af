import type { NormalizeOptions } from '../../../types/document.js';
import type { DiffOptions } from '../../../types/plan.js';
import type { ReconcilerOptions } from '../../../types/reconciler.js';
import { followFile } from '../../declarative/loop/follow-file.js';
import { Reconciler } from '../../declarative/loop/reconciler.js';
import { formatScope } from '../../declarative/scope.js';
import { type Context, onHangup } from '../context.js';
import { type ParsedDocument, parseDocument, readDocumentFile } from '../document-file.js';
import { normalizeOptions, type PlanVerbOptions } from '../plan-options.js';
import { describeFailure, standardInput } from '../read-text.js';
import { describeFinding, type Finding, SourceError, SourceText } from '../source-text.js';
import type { StateFile } from '../state-file.js';
import { type KernelOptions, type OutputOptions, withIpvs } from '../verb.js';
import { EventLog } from './event-log.js';
import { openState } from './make-plan.js';
import { logError, logReconciler } from './reconciler-log.js';

/** What `watch` can be told. */
export interface WatchCommandOptions extends KernelOptions, OutputOptions, PlanVerbOptions {
  readonly verbose?: boolean;
  readonly resync?: number;
  readonly onStop?: ReconcilerOptions['onStop'];
  readonly onError?: ReconcilerOptions['onError'];
}

/** Keeps the kernel as a file says, whatever becomes of either, until it is told to stop. */
export async function runWatch(
  context: Context,
  file: string,
  options: WatchCommandOptions,
  planned: Omit<DiffOptions, 'now' | 'drains' | 'health' | 'record'>,
): Promise<void> {
  if (file === standardInput) throw new Error('watch follows a file, and standard input is none');
  const normalized = normalizeOptions(options);
  // What cannot be used from the beginning is no service to run.
  (await readDocumentFile(context, file)).normalize(normalized);
  const state = await openState(options.state);
  const { signal } = context;
  await withIpvs(context, options, async (ipvs) => {
    const log = new EventLog(context, { json: options.json === true });
    const reconciler = new Reconciler(ipvs, {
      ...planned,
      ...normalized,
      ...loopOptions(options),
      ...(state === undefined ? {} : { drainStore: state }),
      ...(state?.record === undefined ? {} : { record: state.record }),
    });
    const told = new Set<string>();
    logReconciler(log, reconciler, {
      withCycles: options.verbose === true,
      isTold: ({ code, message }) => told.has(`${code} ${message}`),
    });
    if (state !== undefined) keepRecord(log, reconciler, state);
    const scope = formatScope(planned.scope ?? { mode: 'declared' });
    log.write({ event: 'start', text: `${file}, scope ${scope}`, fields: { file, scope } });
    reconciler.start();
    await follow({ file, log, reconciler, normalized, told, signal });
    await stop(log, reconciler, state);
  });
}

function loopOptions({ resync, onStop, onError }: WatchCommandOptions): ReconcilerOptions {
  return {
    ...(resync === undefined ? {} : { resyncInterval: resync }),
    ...(onStop === undefined ? {} : { onStop }),
    ...(onError === undefined ? {} : { onError }),
  };
}

/** Keeps in the file what belongs to this owner, as soon as that changes. */
function keepRecord(log: EventLog, reconciler: Reconciler, state: StateFile): void {
  reconciler.on('cycle', () => {
    const { record } = reconciler;
    if (record !== undefined) state.saveRecord(record).catch((error) => logError(log, error));
  });
}

interface Following {
  readonly file: string;
  readonly log: EventLog;
  readonly reconciler: Reconciler;
  readonly normalized: NormalizeOptions;
  /** Warnings of the document that is in force. */
  readonly told: Set<string>;
  readonly signal: AbortSignal;
}

/** Hands on what the file says, until the signal; at a hangup it is read again although it is the same. */
async function follow(following: Following): Promise<void> {
  const { file, log, signal } = following;
  let again = new AbortController();
  const forget = onHangup(() => {
    log.write({ event: 'reload', text: file, fields: { file } });
    again.abort();
  });
  try {
    while (!signal.aborted) {
      again = new AbortController();
      await followFile(file, {
        parse: (text) => parseDocument(new SourceText(file, withoutMark(text))),
        onDocument: (document) => take(document as ParsedDocument, following),
        onError: (error) => tellError(log, file, error),
        signal: AbortSignal.any([signal, again.signal]),
      });
    }
  } finally {
    forget();
  }
}

/** The mark that some editors put before a text. */
function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function take(
  document: ParsedDocument,
  { file, log, reconciler, normalized, told }: Following,
): void {
  const { services, warnings } = document.normalize(normalized);
  tellFindings(log, document.source, document.findings(warnings));
  told.clear();
  for (const { code, message } of warnings) told.add(`${code} ${message}`);
  const destinations = services.reduce((sum, service) => sum + service.destinations.length, 0);
  const text = `${file}: services ${services.length}, destinations ${destinations}`;
  const fields = { file, services: services.length, destinations };
  log.write({ event: 'document', text, fields });
  reconciler.setDesired(document.value);
}

function tellError(log: EventLog, file: string, error: unknown): void {
  if (error instanceof SourceError) {
    for (const { severity, line, column, code, message } of error.findings) {
      const suffix = code === undefined ? '' : ` (${code})`;
      const text = `${error.file}:${line}:${column}: ${message}${suffix}`;
      const fields = { file: error.file, line, column, code, message };
      log.write({ event: severity, text, fields, isProblem: true });
    }
    return;
  }
  const { syscall } = error as NodeJS.ErrnoException;
  logError(log, syscall === undefined ? error : describeFailure(file, error));
}

function tellFindings(log: EventLog, source: SourceText, findings: readonly Finding[]): void {
  for (const finding of findings) {
    const { severity, code, message, start } = finding;
    const fields = { file: source.name, ...source.placeOf(start), code, message };
    log.write({
      event: severity,
      text: describeFinding(source, finding),
      fields,
      isProblem: true,
    });
  }
}

async function stop(
  log: EventLog,
  reconciler: Reconciler,
  state: StateFile | undefined,
): Promise<void> {
  await reconciler.stop();
  const { record, status } = reconciler;
  if (record !== undefined) await state?.saveRecord(record);
  const { draining } = status;
  const rest = draining === 0 ? '' : `; ${draining} still drain, and take no new connections`;
  log.write({ event: 'stop', text: `stopped${rest}`, fields: { draining } });
}
