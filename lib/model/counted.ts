import type { Counted, Counters } from '../../types/stats.js';
import type { Mutable } from './fields.js';

/** Bits of the counters of connections and packets; those of bytes always have 64. */
export type CounterBits = 32 | 64;

/** What an object counts from. */
const nothing: Counters = {
  connections: 0n,
  packetsIn: 0n,
  packetsOut: 0n,
  bytesIn: 0n,
  bytesOut: 0n,
};

/** Two states of an object's counters. */
export interface Span {
  /** Absent for an object that was not there. */
  readonly before: Counters | undefined;
  readonly after: Counters;
  readonly bits: CounterBits;
  readonly intervalMs: number;
}

/**
 * Adds to an object what was counted in a span.
 *
 * Counters only grow, so where one has become less, either all of them began again from 0, or this one of 32 bits
 * passed its end. Those of bytes do not pass theirs: where they grew on, and the lesser one is less by more than half
 * of what 32 bits hold, which no interval can count, it passed its end.
 */
export function count<Target extends object>(
  target: Target,
  { before, after, bits, intervalMs }: Span,
): Target & Counted {
  const reset = before !== undefined && beganAgain(before, after, bits);
  const from = before === undefined || reset ? nothing : before;
  const counted = target as Target & Mutable<Counted>;
  counted.connections = advance(from.connections, after.connections);
  counted.packetsIn = advance(from.packetsIn, after.packetsIn);
  counted.packetsOut = advance(from.packetsOut, after.packetsOut);
  counted.bytesIn = after.bytesIn - from.bytesIn;
  counted.bytesOut = after.bytesOut - from.bytesOut;
  const perSecond = 1000 / intervalMs;
  counted.rates = {
    connections: Number(counted.connections) * perSecond,
    packetsIn: Number(counted.packetsIn) * perSecond,
    packetsOut: Number(counted.packetsOut) * perSecond,
    bytesIn: Number(counted.bytesIn) * perSecond,
    bytesOut: Number(counted.bytesOut) * perSecond,
  };
  counted.reset = reset;
  return counted;
}

function beganAgain(before: Counters, after: Counters, bits: CounterBits): boolean {
  return (
    after.bytesIn < before.bytesIn ||
    after.bytesOut < before.bytesOut ||
    isLess(before.connections, after.connections, bits) ||
    isLess(before.packetsIn, after.packetsIn, bits) ||
    isLess(before.packetsOut, after.packetsOut, bits)
  );
}

/** A counter has become less, other than by passing its end. */
function isLess(before: bigint, after: bigint, bits: CounterBits): boolean {
  return after < before && (bits === 64 || wrapped(before, after) >= 1n << 31n);
}

/** How far a counter came. */
function advance(before: bigint, after: bigint): bigint {
  return after < before ? wrapped(before, after) : after - before;
}

/** How far a counter of 32 bits came that passed its end. */
function wrapped(before: bigint, after: bigint): bigint {
  return BigInt.asUintN(32, after - before);
}
