import { inspect } from 'node:util';
import type { Ipvs } from 'ipvs';
import { tell } from './tell.js';

const changing = /^(add|set|update|remove)/;

/** The same handle, but each call that changes something is shown as it is made. */
export function narrated(ipvs: Ipvs): Ipvs {
  return new Proxy(ipvs, {
    get(target, name): unknown {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...parameters: unknown[]): unknown => {
        if (changing.test(String(name))) {
          const shown = parameters.map((parameter) =>
            inspect(parameter, { breakLength: Infinity }),
          );
          tell(`ipvs.${String(name)}(${shown.join(', ')})`);
        }
        return Reflect.apply(member, target, parameters);
      };
    },
  });
}
