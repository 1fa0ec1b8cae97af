import { release } from 'node:os';
import type { ExecutionContext } from 'ava';

/** The kernel that tests run on unless told otherwise. It has everything, so nothing is left out there unnoticed. */
const isDefaultKernel = process.env['IPVS_LAB'] === 'uml' && release().startsWith('6.1.');

/** Ends a test for want of something that this kernel does not have, and says so. */
export function skip(
  t: ExecutionContext,
  missing: string,
  { everywhere = true }: { readonly everywhere?: boolean } = {},
): void {
  t.log(`not tried: ${missing}`);
  t.false(everywhere && isDefaultKernel, missing);
}

/** Whether the tests run under sanitizers, which need memory and descriptors of their own. */
export const isSanitized = process.env['ASAN_OPTIONS'] !== undefined;
