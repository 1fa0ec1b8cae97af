import { constants } from 'node:os';
import type { DiagnosticCode } from '../../../types/issue.js';
import type { PlannedOperation } from '../../../types/plan.js';
import type { Service } from '../../../types/service.js';

/** What a backend rejected with, as far as the reactions look at it. */
export interface Refusal {
  /** The name of an errno, or a code of the library. */
  readonly code: string;
  /** Negative. */
  readonly errno: number | undefined;
  readonly message: string;
  /** What was not there. */
  readonly missing: string | undefined;
  /** What the backend rejected with. */
  readonly error: unknown;
}

/** Reads an error of a backend; `undefined` for something that is no refusal but a mistake in a program. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno, message, missing } = error as Error & Partial<Refusal>;
  if (typeof code !== 'string' || code === 'ERR_IPVS_CLOSED') return undefined;
  return {
    code,
    errno: typeof errno === 'number' ? errno : negativeErrno(code),
    message,
    missing: typeof missing === 'string' ? missing : undefined,
    error,
  };
}

function negativeErrno(code: string): number | undefined {
  const errno = constants.errno[code as keyof typeof constants.errno];
  return errno === undefined ? undefined : -errno;
}

/** What a call was refused with; `undefined` when it was not. What is no refusal is thrown. */
export async function refusalFrom(call: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return refusal;
  }
}

/** Refusals after which nothing else can succeed. */
export function endsRun({ code, missing }: Refusal): 'E_PERMISSION' | 'E_MODULE' | undefined {
  if (code === 'EPERM') return 'E_PERMISSION';
  const isAbsent = (code === 'ENOENT' && missing === 'ipvs') || code === 'ERR_IPVS_UNAVAILABLE';
  return isAbsent || code === 'EPROTONOSUPPORT' || code === 'ENOPROTOOPT' ? 'E_MODULE' : undefined;
}

/** The code by which a report knows the refusal of an operation. */
export function failureCode(refusal: Refusal, operation: PlannedOperation): DiagnosticCode {
  const { code, missing } = refusal;
  const ending = endsRun(refusal);
  if (ending !== undefined) return ending;
  const isService = operation.op === 'add-service' || operation.op === 'set-service';
  if (code === 'ENOENT' && isService) return absentModule(operation, missing);
  // A family that the kernel does not balance is no reason not to go on with the other.
  if (code === 'ERR_IPVS_UNSUPPORTED' || code === 'EAFNOSUPPORT') return 'E_UNSUPPORTED';
  return 'E_KERNEL';
}

/** What a service asks for and the kernel does not have; the errno is the same for both. */
function absentModule(
  { before, after }: PlannedOperation,
  missing: string | undefined,
): DiagnosticCode {
  const [from, to] = [before as Service | null, after as Service];
  const isKnown = missing === 'scheduler' || missing === 'engine';
  const isEngine = isKnown
    ? missing === 'engine'
    : to.persistence?.engine !== undefined && from?.scheduler === to.scheduler;
  return isEngine ? 'E_ENGINE_NOT_FOUND' : 'E_SCHEDULER_NOT_FOUND';
}
