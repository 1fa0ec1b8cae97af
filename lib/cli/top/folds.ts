import type { ServiceId } from '../../../types/service.js';

/** Which services show no destinations, those that will be added included. */
export interface Folds {
  readonly isFoldedElsewise: boolean;
  readonly exceptions: ReadonlySet<ServiceId>;
}

export const noneFolded: Folds = { isFoldedElsewise: false, exceptions: new Set() };
export const allFolded: Folds = { isFoldedElsewise: true, exceptions: new Set() };

export function isFolded({ isFoldedElsewise, exceptions }: Folds, service: ServiceId): boolean {
  return exceptions.has(service) !== isFoldedElsewise;
}

/** Folds or unfolds one service. */
export function fold(folds: Folds, service: ServiceId, folded: boolean): Folds {
  const exceptions = new Set(folds.exceptions);
  if (folded === folds.isFoldedElsewise) exceptions.delete(service);
  else exceptions.add(service);
  return { ...folds, exceptions };
}
