import type { Change, ChangeKind, DestinationChange } from '../../../types/plan.js';
import {
  checkList,
  checkObject,
  checkText,
  checkWord,
  type Fields,
  optionally,
  presentFields,
} from './checks.js';
import {
  readDeferred,
  readDestination,
  readDestinationId,
  readFieldChange,
  readService,
  readServiceId,
} from './read-objects.js';

const kinds: readonly ChangeKind[] = ['add', 'change', 'remove', 'draining', 'unchanged'];

/** What a plan in JSON tells people that it changes. */
export function readChanges(value: unknown, path: string): Change[] {
  return checkList(value, path, readChange);
}

function readChange(value: unknown, path: string): Change {
  const fields = checkObject(value, path);
  const words = ['service', 'vip', 'device', 'setting'] as const;
  const kind = checkWord(fields['kind'], words, `${path}.kind`);
  if (kind === 'service') return readServiceChange(fields, path);
  const address = checkText(fields['address'], `${path}.address`);
  if (kind !== 'setting') return { kind, change: readKind(fields, path), address };
  const change = checkWord(fields['change'], ['change'], `${path}.change`);
  const settings = checkList(fields['fields'], `${path}.fields`, readFieldChange);
  return { kind, change, address, fields: settings };
}

function readKind({ change }: Fields, path: string): ChangeKind {
  return checkWord(change, kinds, `${path}.change`);
}

function readServiceChange(fields: Fields, path: string): Change {
  const service = readServiceId(fields['service'], `${path}.service`);
  const read = (value: unknown, at: string) =>
    value === null ? null : readService(value, at, service);
  return presentFields<Extract<Change, { kind: 'service' }>>({
    kind: 'service',
    change: readKind(fields, path),
    service,
    before: read(fields['before'], `${path}.before`),
    after: read(fields['after'], `${path}.after`),
    fields: checkList(fields['fields'], `${path}.fields`, readFieldChange),
    drain: optionally(fields['drain'], `${path}.drain`, readDeferred),
    destinations: checkList(fields['destinations'], `${path}.destinations`, readDestinationChange),
  });
}

function readDestinationChange(value: unknown, path: string): DestinationChange {
  const fields = checkObject(value, path);
  const destination = readDestinationId(fields['destination'], `${path}.destination`);
  const read = (object: unknown, at: string) =>
    object === null ? null : readDestination(object, at, destination);
  return presentFields<DestinationChange>({
    change: readKind(fields, path),
    destination,
    before: read(fields['before'], `${path}.before`),
    after: read(fields['after'], `${path}.after`),
    fields: checkList(fields['fields'], `${path}.fields`, readFieldChange),
    drain: optionally(fields['drain'], `${path}.drain`, readDeferred),
  });
}
