import type { Point } from './series.js';

/**
 * How steep a line is that fits points best, with both axes logarithmic: 1 is growth in proportion, 0 none, 2 with the
 * square.
 */
export function slopeOf(points: readonly Point[]): number {
  const logs = points.map(({ size, value }) => [Math.log(size), Math.log(value)] as const);
  const [meanX, meanY] = [0, 1].map(
    (axis) => logs.reduce((sum, log) => sum + (log[axis] ?? 0), 0) / logs.length,
  ) as [number, number];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}
