import { readFile } from 'node:fs/promises';
import type { Protocol } from '../../../types/service.js';

/** The names of ports, from `/etc/services`. */
export class PortNames {
  readonly #ports = new Map<string, number>();
  readonly #names = new Map<string, string>();

  /** The system's own; none where there is no such file. */
  static async read(file = '/etc/services'): Promise<PortNames> {
    try {
      return new PortNames(await readFile(file, 'utf8'));
    } catch {
      return new PortNames('');
    }
  }

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [name, end, ...aliases] = (line.split('#')[0] as string).split(/\s+/).filter(Boolean);
      const [, port, protocol] = /^(\d+)\/(\w+)$/.exec(end ?? '') ?? [];
      if (name === undefined || port === undefined || protocol === undefined) continue;
      // Of several lines the first counts.
      for (const each of [name, ...aliases]) this.#add(this.#ports, each, protocol, Number(port));
      this.#add(this.#names, port, protocol, name);
    }
  }

  /** The port of a name or alias. */
  port(name: string, protocol: Protocol): number | undefined {
    return this.#ports.get(keyOf(name, protocol));
  }

  /** The name of a port. */
  name(port: number, protocol: string): string | undefined {
    return this.#names.get(keyOf(String(port), protocol));
  }

  #add<Value>(map: Map<string, Value>, what: string, protocol: string, value: Value): void {
    const key = keyOf(what, protocol);
    if (!map.has(key)) map.set(key, value);
  }
}

function keyOf(what: string, protocol: string): string {
  return `${what}/${protocol}`;
}
