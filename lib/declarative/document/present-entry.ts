import type { DesiredDestination, DesiredService } from '../../../types/document.js';
import type { Service } from '../../../types/service.js';
import type { DestinationService } from '../../model/destination.js';
import type { Mutable } from '../../model/fields.js';
import { CollectingReport } from '../../model/report.js';
import { checkServiceSpec, type ServiceSpecOptions } from '../../model/service.js';
import { readServiceFields } from '../../model/service-fields.js';
import { type CompleteServiceKey, formatServiceId, keyOfService } from '../../model/service-id.js';
import { checkServiceIdentity } from '../../model/service-identity.js';
import type { DocumentContext } from './context.js';
import { checkDestinations } from './destination-list.js';
import { checkEntryFields, type EntryFields } from './entry-fields.js';
import { ownField } from './read-fields.js';
import { refuseDuplicate } from './service-duplicates.js';
import type { Steps } from './steps.js';

/** A service that should be there, and where it comes among the others. */
export interface PresentEntry {
  readonly key: CompleteServiceKey;
  readonly service: DesiredService;
}

/** The fields of an entry that are no settings of the service. */
const entryFields: ReadonlySet<string> = new Set([
  'name',
  'drain',
  'ignore',
  'ensure',
  'destinations',
]);

/** Checks the entry of a service that should be there. `undefined` where its identity or its settings are wrong. */
export function* checkPresentEntry(
  input: object,
  context: DocumentContext,
  path: string,
): Steps<PresentEntry | undefined> {
  const service = checkServiceSpec(input, context.report, path, specOptions(context));
  const key = service === undefined ? readIdentity(input) : keyOfService(service);
  const id = key.kind === 'partial' ? undefined : formatServiceId(key);
  if (id !== undefined) refuseDuplicate(id, input, context, path);
  const fields = checkEntryFields(input, context, path);
  const list = ownField(input, 'destinations');
  const destinations = yield* checkDestinations(list, key, context, `${path}/destinations`);
  if (service === undefined || id === undefined || key.kind === 'partial') return undefined;

  if (service.onePacket) warnOfMasquerading(destinations, context, path);
  return { key, service: complete(service, key, fields, destinations) };
}

/** What can be known of the identity of a service that is wrong somewhere. */
function readIdentity(input: object): DestinationService {
  const silent = new CollectingReport();
  const fields = readServiceFields(input, undefined, silent, '');
  const { key, family, traffic, port } = checkServiceIdentity(fields, input, silent, '');
  if (key !== undefined) return keyOfService(key);
  return { kind: 'partial', family, port: traffic === 'marked' ? 0 : port };
}

function warnOfMasquerading(
  destinations: readonly DesiredDestination[],
  { report }: DocumentContext,
  path: string,
): void {
  if (!destinations.some(({ forward }) => forward === 'masquerade')) return;
  const message = 'answers to packets that are masqueraded one by one are not translated back';
  report.warn('W_ONE_PACKET_MASQ', `${path}/onePacket`, true, message);
}

function complete(
  service: Service,
  key: CompleteServiceKey,
  { name, drain, ignore }: EntryFields,
  destinations: readonly DesiredDestination[],
): DesiredService {
  const id = formatServiceId(key);
  // The object itself, grown: a spread costs a hundred times as much.
  const desired: Mutable<DesiredService> = Object.assign(service, {
    id,
    family: key.family,
    destinations,
  });
  if (name !== undefined) desired.name = name;
  if (drain !== undefined) desired.drain = drain;
  if (ignore !== undefined) desired.ignore = ignore;
  return desired;
}

function specOptions({ defaults, allowNoScheduler }: DocumentContext): ServiceSpecOptions {
  const options: Mutable<ServiceSpecOptions> = {
    allowNoScheduler,
    defaultIsUnknown: defaults.schedulerIsUnknown,
    skippedFields: entryFields,
  };
  if (defaults.scheduler !== undefined) options.defaultScheduler = defaults.scheduler;
  return options;
}
