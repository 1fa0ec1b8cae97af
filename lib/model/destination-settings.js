import { forwardExpected, parseForward } from './forwarding.js';
import { checkTunnelParts } from './tunnel-parts.js';
import { checkNumber } from './whole-number.js';
/** The weight of a destination. */
export const weightField = {
  at: 'weight',
  lowest: 0,
  highest: 2_147_483_647,
  code: 'E_WEIGHT',
};
/** Kernels from 7.2 on refuse an upper threshold above 2147483647; those before take all of 32 bits. */
const highestThreshold = 4_294_967_295;
/** The upper threshold of a destination; the lower one has the same range. */
export const upperField = {
  at: 'upperThreshold',
  lowest: 0,
  highest: highestThreshold,
  code: 'E_THRESHOLD',
};
const lowerField = { ...upperField, at: 'lowerThreshold' };
/** Checks every setting that was written, each by itself; those that are wrong are left out. */
export function checkDestinationSettings(fields, report, path) {
  const settings = {};
  if (fields.forward !== undefined) {
    const forward = parseForward(fields.forward);
    if (forward !== undefined) settings.forward = forward;
    else report.error('E_FORWARD', `${path}/forward`, fields.forward, forwardExpected);
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
