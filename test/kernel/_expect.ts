import type { ExecutionContext } from 'ava';
import { IpvsError, type Missing, type Operation } from 'ipvs';

/** What a refusal of the kernel must say. */
export interface Refusal {
  readonly code: string;
  readonly operation: Operation;
  readonly target?: string;
  readonly missing?: Missing;
  readonly reason?: RegExp;
}

/** The call is refused by the kernel, in these words. */
export async function refuses(
  t: ExecutionContext,
  call: Promise<unknown>,
  refusal: Refusal,
): Promise<IpvsError> {
  const error = (await t.throwsAsync(call, { instanceOf: IpvsError })) as IpvsError;
  t.is(error.code, refusal.code);
  t.is(error.operation, refusal.operation);
  t.is(error.target, refusal.target);
  t.is(error.missing, refusal.missing);
  if (refusal.reason !== undefined) t.regex(error.reason, refusal.reason);
  t.true(error.message.startsWith(`${refusal.code}: ${refusal.operation}: `), error.message);
  t.true((error.errno ?? 0) < 0);
  return error;
}
