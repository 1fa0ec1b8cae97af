import type { Destination, DestinationId } from '../../../types/destination.js';
import type { DesiredDestination } from '../../../types/document.js';
import { parseAddress } from '../../model/address.js';
import {
  checkDestinationSpec,
  type DestinationService,
  type DestinationSpecOptions,
  destinationToFill,
} from '../../model/destination.js';
import {
  compareDestinationKeys,
  formatDestinationId,
  keyOfDestination,
} from '../../model/destination-id.js';
import { highestPort } from '../../model/endpoint.js';
import { isObject, type Mutable } from '../../model/fields.js';
import { parseWholeNumber } from '../../model/whole-number.js';
import { type DocumentContext, FirstPlaces } from './context.js';
import { ownField } from './read-fields.js';
import { type Steps, sortSteps } from './steps.js';

/** Destinations that one service may have. */
export const mostDestinations = 1_000_000;

/** Destinations that make a step. */
const stride = 32;

const noFields: ReadonlySet<string> = new Set();

/** What was checked last, which is copied before anything else is checked. */
const into = destinationToFill();

/** Checks the destinations of a service, and puts those that are right into canonical order. */
export function* checkDestinations(
  input: unknown,
  service: DestinationService,
  context: DocumentContext,
  path: string,
): Steps<DesiredDestination[]> {
  const { report } = context;
  if (input === undefined) return [];
  if (!Array.isArray(input) || input.length > mostDestinations) {
    const expected = `an array of at most ${mostDestinations} destinations`;
    report.error('E_SCHEMA', path, input, expected);
    return [];
  }
  const options = specOptions(context);
  const seen = new FirstPlaces();
  const destinations: DesiredDestination[] = [];
  for (let index = 0; index < input.length; index += 1) {
    const place = `${path}/${index}`;
    const destination = checkDestinationSpec(input[index], service, report, place, options);
    const key = destination ?? readKey(input[index], service);
    if (key !== undefined) {
      const id = formatDestinationId(keyOfDestination(key));
      refuseDuplicate(id, input[index], seen, context, place);
      if (destination !== undefined) destinations.push(desiredOf(destination, id));
    }
    if (index % stride === stride - 1) yield;
  }
  return yield* sortSteps(destinations, compareDestinationKeys);
}

/** Put together at once: a field that is added later takes memory besides. */
function desiredOf(destination: Destination, id: DestinationId): DesiredDestination {
  const { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel } = destination;
  return tunnel === undefined
    ? { address, port, forward, weight, upperThreshold, lowerThreshold, id }
    : { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel, id };
}

/** The key of a destination that is wrong in another way. */
function readKey(
  input: unknown,
  service: DestinationService,
): Pick<Destination, 'address' | 'port'> | undefined {
  if (!isObject(input)) return undefined;
  const parsed = parseAddress(ownField(input, 'address'));
  const written = ownField(input, 'port');
  const byDefault = service.kind === 'fwmark' ? 0 : service.port;
  const port = written === undefined ? byDefault : parseWholeNumber(written, 0, highestPort);
  if (parsed === undefined || port === undefined) return undefined;
  return { address: parsed.address, port };
}

function refuseDuplicate(
  id: string,
  input: unknown,
  seen: FirstPlaces,
  { report }: DocumentContext,
  path: string,
): void {
  const first = seen.claim(id, path);
  if (first === undefined) return;
  const message = `${first} and ${path} are the same destination, ${id}`;
  report.refuse('E_DUPLICATE_DESTINATION', path, input, message);
}

function specOptions({ defaults }: DocumentContext): DestinationSpecOptions {
  const options: Mutable<DestinationSpecOptions> = {
    defaultForwardIsUnknown: defaults.forwardIsUnknown,
    skippedFields: noFields,
    into,
  };
  if (defaults.forward !== undefined) options.defaultForward = defaults.forward;
  if (defaults.weight !== undefined) options.defaultWeight = defaults.weight;
  return options;
}
