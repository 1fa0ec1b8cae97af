import type { Document, ReconcileOptions } from 'ipvs';
import { randomDocument, scopeOf } from './tables.js';

/** The device that the documents bind addresses to. */
export const boundDevice = 'soak0';

export const killOptions = {
  scope: scopeOf(20),
  drain: { mode: 'immediate' },
  allowEmpty: true,
} as const satisfies ReconcileOptions;

/** The documents that follow each other until the end comes, the same for the same seed. */
export function killDocuments(seed: number): readonly [Document, Document] {
  const complete = (document: Document, tcp: number): Document => ({
    ...document,
    vips: { device: boundDevice },
    timeouts: { tcp },
    sysctls: { expire_nodest_conn: tcp % 2 },
  });
  return [
    complete(randomDocument(20, 2 * seed), 800 + 2 * (seed % 50)),
    complete(randomDocument(20, 2 * seed + 1), 801 + 2 * (seed % 50)),
  ];
}
