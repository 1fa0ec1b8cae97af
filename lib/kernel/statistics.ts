import type { CallOptions } from '../../types/config.js';
import type { Operation } from '../../types/error.js';
import type { ApplicationHelper, CpuTotals, Stats } from '../../types/stats.js';
import type { Subject } from './call.js';
import { commonFile, isAbsent, isIpvsAbsent, parseText, type TextSession } from './kernel-text.js';
import { checkSignal } from './options.js';
import { parseApplications } from './proc/applications.js';
import { parseCpuTotals } from './proc/cpu-totals.js';
import { parseStatus } from './proc/status.js';
import { parseTotals } from './proc/totals.js';

/** The calls about what IPVS has counted as a whole, and how it is. */
export class Statistics {
  readonly #session: TextSession;

  constructor(session: TextSession) {
    this.#session = session;
  }

  async totals(options: CallOptions | undefined): Promise<Stats> {
    const signal = checkSignal(options);
    return this.#read('get-totals', commonFile, parseTotals, signal);
  }

  async cpuTotals(options: CallOptions | undefined): Promise<CpuTotals[]> {
    const signal = checkSignal(options);
    return this.#read('get-cpu-totals', 'ip_vs_stats_percpu', parseCpuTotals, signal);
  }

  async applications(options: CallOptions | undefined): Promise<ApplicationHelper[]> {
    const signal = checkSignal(options);
    return this.#read('list-applications', 'ip_vs_app', parseApplications, signal);
  }

  async status(options: CallOptions | undefined): Promise<Record<string, string> | undefined> {
    const signal = checkSignal(options);
    const subject = subjectOf('get-status', 'ip_vs_status');
    const answer = await this.#session.files.read(subject, 'net', 'ip_vs_status', signal);
    if (typeof answer === 'string') return parseText(this.#session, subject, answer, parseStatus);
    const missing = isAbsent(answer) && (await isIpvsAbsent(this.#session, subject));
    // A kernel that has IPVS and not this file is an older one.
    if (isAbsent(answer) && !missing) return undefined;
    throw this.#session.error(missing ? { ...subject, missing: 'ipvs' } : subject, answer);
  }

  async #read<Value>(
    operation: Operation,
    file: string,
    parse: (text: string) => Value,
    signal: AbortSignal | undefined,
  ): Promise<Value> {
    const subject = subjectOf(operation, file);
    const answer = await this.#session.files.read(subject, 'net', file, signal);
    if (typeof answer === 'string') return parseText(this.#session, subject, answer, parse);
    // Every kernel that has IPVS has the file.
    throw this.#session.error({ ...subject, missing: 'ipvs' }, answer);
  }
}

function subjectOf(operation: Operation, file: string): Subject {
  return { operation, file: `/proc/net/${file}` };
}
