import type { Services } from './_runs.js';

/** Destinations of each service. */
const each = 100;

/** A table of so many destinations, which has them from a number on. */
export function many(count: number, from = 0): Services {
  const services: Services[number][] = [];
  for (let first = from - (from % each); first < from + count; first += each) {
    const numbers = Array.from({ length: each }, (_, index) => first + index);
    services.push({
      protocol: 'tcp',
      address: `10.9.${Math.floor(first / each) >> 8}.${Math.floor(first / each) & 255}`,
      port: 80,
      destinations: numbers
        .filter((number) => number >= from && number < from + count)
        .map((number) => ({ address: `10.3.${number >> 8}.${number & 255}` })),
    });
  }
  return services;
}
