import { reportUnknownField } from './fields.js';
/** Takes a destination apart; reports every field that is neither its own nor to be skipped. */
export function readDestinationFields(input, skipped, report, path) {
  const fields = {
    address: undefined,
    port: undefined,
    forward: undefined,
    weight: undefined,
    upperThreshold: undefined,
    lowerThreshold: undefined,
    tunnel: undefined,
  };
  // Spelled out: copying by computed name takes four times as long.
  for (const name of Object.keys(input)) {
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
