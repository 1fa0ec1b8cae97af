import type { Methods, Question, Reply } from './program.js';

/** Plays a role: answers what the demonstration asks, and ends when that does. */
export function play<Role extends Methods<Role>>(role: Role): void {
  process.on('message', async ({ id, method, parameters }: Question) => {
    const call: unknown = role[method as keyof Role];
    try {
      if (typeof call !== 'function') throw new TypeError(`there is no ${method} here`);
      const value: unknown = await Reflect.apply(call, undefined, parameters);
      reply({ id, value });
    } catch (error) {
      reply({ id, error: String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
  // A terminal sends these to everyone; the demonstration ends its programs itself.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  reply({ id: 0 });
}

function reply(reply: Reply): void {
  process.send?.(reply);
}
