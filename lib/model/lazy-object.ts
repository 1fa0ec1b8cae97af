import { inspect } from 'node:util';

/** An object whose fields are getters of its class, read from a record when they are asked for. */
export abstract class LazyObject<Value> {
  /** The plain object with the same fields. */
  abstract toObject(): Value;

  toJSON(): Value {
    return this.toObject();
  }

  [inspect.custom](): Value {
    return this.toObject();
  }
}

/** What has its fields itself: of an object that reads them when asked for, the plain one. */
export function plainOf<Value extends object>(input: Value): Value {
  return input instanceof LazyObject ? (input.toObject() as Value) : input;
}
