import type { Backend } from '../../../types/backend.js';
import type { Timeouts } from '../../../types/config.js';
import type { PlannedOperation } from '../../../types/plan.js';
import { type Done, ok } from './done.js';

export async function setTimeouts(backend: Backend, { after }: PlannedOperation): Promise<Done> {
  await backend.setTimeouts(after as Timeouts);
  return ok;
}

export async function setSysctl(backend: Backend, { after }: PlannedOperation): Promise<Done> {
  const { name, value } = after as { readonly name: string; readonly value: number | string };
  await backend.setSysctl(name, value);
  return ok;
}
