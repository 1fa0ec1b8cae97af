import { ApplyError } from '../errors.js';
import { endsRun, refusalOf } from './failures.js';

/** What is read; without the privilege, and where the kernel has no IPVS, it rejects with {@link ApplyError}. */
export async function reading<Value>(read: Promise<Value>): Promise<Value> {
  try {
    return await read;
  } catch (error) {
    const refusal = refusalOf(error);
    const code = refusal && endsRun(refusal);
    if (refusal === undefined || code === undefined) throw error;
    throw new ApplyError(code, refusal.message, { cause: error });
  }
}
