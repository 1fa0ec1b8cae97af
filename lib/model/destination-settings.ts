import type { Forward } from '../../types/destination.js';
import type { DestinationFields } from './destination-fields.js';
import type { Mutable } from './fields.js';
import { forwardExpected, parseForward } from './forwarding.js';
import type { Report } from './report.js';
import { checkTunnelParts, type TunnelParts } from './tunnel-parts.js';
import { checkNumber, type NumberField } from './whole-number.js';

/** Checked changes to a destination; what is absent stays as it is. */
export interface CompleteDestinationChanges {
  readonly forward?: Forward;
  readonly weight?: number;
  readonly upperThreshold?: number;
  readonly lowerThreshold?: number;
  readonly tunnel?: TunnelParts;
}

/** The weight of a destination. */
export const weightField: NumberField = {
  at: 'weight',
  lowest: 0,
  highest: 2_147_483_647,
  code: 'E_WEIGHT',
};

/** Kernels from 7.2 on refuse an upper threshold above 2147483647; those before take all of 32 bits. */
const highestThreshold = 4_294_967_295;

/** The upper threshold of a destination. */
export const upperField: NumberField = {
  at: 'upperThreshold',
  lowest: 0,
  highest: highestThreshold,
  code: 'E_THRESHOLD',
};

/** The lower threshold of a destination. */
export const lowerField: NumberField = { ...upperField, at: 'lowerThreshold' };

/** Checks a forwarding method that was written. */
export function checkForward(value: unknown, report: Report, path: string): Forward | undefined {
  const forward = parseForward(value);
  if (forward !== undefined) return forward;
  return report.error('E_FORWARD', `${path}/forward`, value, forwardExpected);
}

/** Checks every setting that was written, each by itself; those that are wrong are left out. */
export function checkDestinationSettings(
  fields: DestinationFields,
  report: Report,
  path: string,
): CompleteDestinationChanges {
  const settings: Mutable<CompleteDestinationChanges> = {};
  if (fields.forward !== undefined) {
    const forward = checkForward(fields.forward, report, path);
    if (forward !== undefined) settings.forward = forward;
  }
  if (fields.weight !== undefined) {
    const weight = checkNumber(fields.weight, weightField, report, path);
    if (weight !== undefined) settings.weight = weight;
  }
  if (fields.upperThreshold !== undefined) {
    const upper = checkNumber(fields.upperThreshold, upperField, report, path);
    if (upper !== undefined) settings.upperThreshold = upper;
  }
  if (fields.lowerThreshold !== undefined) {
    const lower = checkNumber(fields.lowerThreshold, lowerField, report, path);
    if (lower !== undefined) settings.lowerThreshold = lower;
  }
  if (fields.tunnel !== undefined) {
    const parts = checkTunnelParts(fields.tunnel, report, path);
    if (parts !== undefined) settings.tunnel = parts;
  }
  return settings;
}
