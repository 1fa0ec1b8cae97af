import { reportUnknownField } from './fields.js';
import type { Report } from './report.js';

const hasOwn = Object.prototype.hasOwnProperty;

/** The fields of a destination as they were written: own enumerable ones, `undefined` where absent. */
export interface DestinationFields {
  address?: unknown;
  port?: unknown;
  forward?: unknown;
  weight?: unknown;
  upperThreshold?: unknown;
  lowerThreshold?: unknown;
  tunnel?: unknown;
}

/** Takes a destination apart; reports every field that is neither its own nor to be skipped. */
export function readDestinationFields(
  input: DestinationFields,
  skipped: ReadonlySet<string> | undefined,
  report: Report,
  path: string,
): DestinationFields {
  const fields: DestinationFields = {
    address: undefined,
    port: undefined,
    forward: undefined,
    weight: undefined,
    upperThreshold: undefined,
    lowerThreshold: undefined,
    tunnel: undefined,
  };
  // Spelled out: copying by computed name takes four times as long; and a list of the names takes memory.
  for (const name in input) {
    if (!hasOwn.call(input, name)) continue;
    switch (name) {
      case 'address':
        fields.address = input.address;
        break;
      case 'port':
        fields.port = input.port;
        break;
      case 'forward':
        fields.forward = input.forward;
        break;
      case 'weight':
        fields.weight = input.weight;
        break;
      case 'upperThreshold':
        fields.upperThreshold = input.upperThreshold;
        break;
      case 'lowerThreshold':
        fields.lowerThreshold = input.lowerThreshold;
        break;
      case 'tunnel':
        fields.tunnel = input.tunnel;
        break;
      default:
        if (!skipped?.has(name)) reportUnknownField(report, path, input, name);
    }
  }
  return fields;
}
