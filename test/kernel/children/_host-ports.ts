let last = 10_000;

/**
 * A port that was not used before, outside the range the system chooses from. Left to itself the system would now and
 * then take one that a server still remembers; the connection then takes two attempts, and counts twice.
 */
export function freshPort(): number {
  last += 1;
  return last;
}
