import type { Address, Family } from '../../../types/address.js';
import { familyOf, writeAddress } from '../../model/address.js';

const bytes = new Uint8Array(16);
const view = new DataView(bytes.buffer);

/** The bits of an address as a number, the first in the highest place of 128. */
export function bitsOf(address: Address): bigint {
  writeAddress(address, bytes, 0);
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
}

/** Whether an address is in a network. */
export function isWithin(address: Address, network: Address, length: number): boolean {
  if (familyOf(address) !== familyOf(network)) return false;
  const rest = BigInt(128 - length);
  return bitsOf(address) >> rest === bitsOf(network) >> rest;
}

/** Networks of one family and length, by their bits. */
interface Level<Value> {
  readonly length: number;
  readonly values: Map<bigint, Value>;
}

/** Things by the networks that they are about, to be found by an address however many there are. */
export class NetworkMap<Value> {
  /** The longest first. */
  readonly #levels: Readonly<Record<Family, Level<Value>[]>> = { ipv4: [], ipv6: [] };

  /** Sets the value of a network; `choose` says which of two that are about the same stays. */
  set(
    network: Address,
    length: number,
    value: Value,
    choose: (known: Value, value: Value) => Value = (_, last) => last,
  ): void {
    const { values } = this.#level(familyOf(network), length);
    const bits = bitsOf(network) >> BigInt(128 - length);
    const known = values.get(bits);
    values.set(bits, known === undefined ? value : choose(known, value));
  }

  /** The value of the smallest network that an address is in. */
  find(address: Address): Value | undefined {
    const bits = bitsOf(address);
    for (const { length, values } of this.#levels[familyOf(address)]) {
      const value = values.get(bits >> BigInt(128 - length));
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #level(family: Family, length: number): Level<Value> {
    const levels = this.#levels[family];
    const known = levels.find((level) => level.length === length);
    if (known !== undefined) return known;
    const level = { length, values: new Map<bigint, Value>() };
    levels.push(level);
    levels.sort((one, other) => other.length - one.length);
    return level;
  }
}
