import { lookup, lookupService } from 'node:dns/promises';
import type { Address } from '../../../types/address.js';
import type { RuleNames } from '../../../types/rules.js';
import { PortNames } from './services-file.js';

/** What names of hosts and ports stand for, and the names that addresses have; each is looked up once. */
export class Names {
  readonly #hosts = new Map<string, string | undefined>();
  readonly #names = new Map<Address, string | undefined>();
  #ports: PortNames | undefined;

  /** Reads something that may contain names: again after those that came up have been looked up. */
  async read<Result>(parse: (names: RuleNames) => Result): Promise<Result> {
    for (;;) {
      const missing = new Set<string>();
      let needsPorts = false;
      const names: RuleNames = {
        host: (name) => {
          if (!this.#hosts.has(name)) missing.add(name);
          // Whatever it is, what comes behind it is read as well.
          return missing.has(name) ? '127.0.0.1' : this.#hosts.get(name);
        },
        port: (name, protocol) => {
          needsPorts ||= this.#ports === undefined;
          return this.#ports === undefined ? 1 : this.#ports.port(name, protocol);
        },
      };
      const outcome = attempt(() => parse(names));
      if (missing.size === 0 && !needsPorts) return settle(outcome);
      await Promise.all([...missing].map((name) => this.#lookUpHost(name)));
      if (needsPorts) await this.ports();
    }
  }

  /** The names of ports. */
  async ports(): Promise<PortNames> {
    this.#ports ??= await PortNames.read();
    return this.#ports;
  }

  /** The names of addresses, as far as they have any. */
  async hosts(addresses: Iterable<Address>): Promise<ReadonlyMap<Address, string | undefined>> {
    const missing = [...new Set(addresses)].filter((address) => !this.#names.has(address));
    await Promise.all(missing.map((address) => this.#lookUpName(address)));
    return this.#names;
  }

  async #lookUpHost(name: string): Promise<void> {
    const found = await lookup(name, { family: 4 }).catch(() => undefined);
    this.#hosts.set(name, found?.address);
  }

  async #lookUpName(address: Address): Promise<void> {
    const found = await lookupService(address, 0).catch(() => undefined);
    this.#names.set(address, found?.hostname);
  }
}

type Outcome<Result> =
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'error'; readonly error: unknown };

function attempt<Result>(work: () => Result): Outcome<Result> {
  try {
    return { kind: 'result', result: work() };
  } catch (error) {
    return { kind: 'error', error };
  }
}

function settle<Result>(outcome: Outcome<Result>): Result {
  if (outcome.kind === 'error') throw outcome.error;
  return outcome.result;
}
