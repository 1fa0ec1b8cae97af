import { type PerServer, servers } from './servers.js';

/** A number is not what the weights say. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';
}

export function expectSame<Value>(what: string, expected: Value, came: Value): void {
  if (came !== expected) throw new Mismatch(`${what}: expected ${expected}, got ${came}`);
}

export function expectEach(what: string, expected: PerServer, came: PerServer): void {
  for (const server of servers) {
    expectSame(`${what} for ${server}`, expected[server], came[server]);
  }
}
