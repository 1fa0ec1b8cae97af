import { constants } from 'node:os';
import type { DiagnosticCode } from '../../../types/issue.js';

/** What a backend rejected with, as far as the reactions look at it. */
export interface Refusal {
  /** The name of an errno, or a code of the library. */
  readonly code: string;
  /** Negative. */
  readonly errno: number | undefined;
  readonly message: string;
  /** What was not there. */
  readonly missing: string | undefined;
}

/** Reads an error of a backend; `undefined` for something that is no refusal but a mistake in a program. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno, message, missing } = error as Error & Partial<Refusal>;
  if (typeof code !== 'string') return undefined;
  return {
    code,
    errno: typeof errno === 'number' ? errno : negativeErrno(code),
    message,
    missing: typeof missing === 'string' ? missing : undefined,
  };
}

function negativeErrno(code: string): number | undefined {
  const errno = constants.errno[code as keyof typeof constants.errno];
  return errno === undefined ? undefined : -errno;
}

/** Errnos that the same request may not get again. */
const passing = new Set(['EINTR', 'EAGAIN', 'EBUSY', 'ENOBUFS', 'ENOMEM', 'ETIMEDOUT']);

/** Milliseconds before the request is made again. */
const pauses = [10, 50, 250];

/** How long to wait before another attempt; `undefined` when there should be none. */
export function pauseBefore(attempt: number, { code }: Refusal): number | undefined {
  return passing.has(code) ? pauses[attempt - 1] : undefined;
}

/** Refusals after which nothing else can succeed. */
export function endsRun({ code, missing }: Refusal): 'E_PERMISSION' | 'E_MODULE' | undefined {
  if (code === 'EPERM') return 'E_PERMISSION';
  const isAbsent = (code === 'ENOENT' && missing === 'ipvs') || code === 'ERR_IPVS_UNAVAILABLE';
  const isUnknown = code === 'EPROTONOSUPPORT' || code === 'EAFNOSUPPORT' || code === 'ENOPROTOOPT';
  return isAbsent || isUnknown ? 'E_MODULE' : undefined;
}

/** The code by which a report knows a refusal. */
export function failureCode({ code, missing }: Refusal): DiagnosticCode {
  if (code === 'ENOENT' && missing === 'scheduler') return 'E_SCHEDULER_NOT_FOUND';
  if (code === 'ENOENT' && missing === 'engine') return 'E_ENGINE_NOT_FOUND';
  if (code === 'ERR_IPVS_UNSUPPORTED') return 'E_UNSUPPORTED';
  return 'E_KERNEL';
}
