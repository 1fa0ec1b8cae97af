import type { ServiceId } from '../../../types/service.js';
import type { DocumentContext } from './context.js';

/** Reports an entry whose service another entry is about. */
export function refuseDuplicate(
  id: ServiceId,
  input: object,
  { report, services }: DocumentContext,
  path: string,
): void {
  const first = services.claim(id, path);
  if (first === undefined) return;
  const message = `${first} and ${path} are the same service, ${id}`;
  report.refuse('E_DUPLICATE_SERVICE', path, input, message);
}
