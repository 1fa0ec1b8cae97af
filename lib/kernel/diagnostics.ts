import { channel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';
import type { RequestEvent } from '../../types/diagnostics.js';

const requests = channel('ipvs:request');
const debug = debuglog('ipvs');
/** Decided when the process starts. */
const isDebugged = debug.enabled;

/** Whether anyone listens: the time of a request is taken only then. */
export function isTraced(): boolean {
  return requests.hasSubscribers || isDebugged;
}

/** Tells those who listen how a request ended. */
export function traceRequest(event: RequestEvent): void {
  if (requests.hasSubscribers) requests.publish(event);
  debug(
    event.skipped === undefined ? '%s %s: %s (%s ms)' : '%s %s: %s (%s ms, %d lines unreadable)',
    event.operation,
    event.target ?? '*',
    event.code ?? 'done',
    event.durationMs.toFixed(3),
    ...(event.skipped === undefined ? [] : [event.skipped]),
  );
}
