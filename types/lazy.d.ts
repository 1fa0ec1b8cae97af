/**
 * An object that reads its fields from the packed record of the kernel's answer when they are asked for. It is read like
 * the plain one, also by `diff`, and stays what it was. But the fields are getters of its class: spreading it,
 * `Object.keys` and `structuredClone` give nothing, for which there is `toObject()`.
 */
export type Lazy<Value> = Value & {
  /** The plain object with the same fields. */
  toObject(): Value;
};
