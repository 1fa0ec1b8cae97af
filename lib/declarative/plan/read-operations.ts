import type { DestinationId } from '../../../types/destination.js';
import type {
  Impact,
  OperationKind,
  OperationObject,
  PlannedOperation,
  Reason,
} from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { formatVip } from '../diff/vip-survey.js';
import {
  checkCount,
  checkList,
  checkObject,
  checkText,
  checkWord,
  expect,
  type Fields,
  optionally,
  presentFields,
} from './checks.js';
import { operationKinds, phases, phasesOf } from './phases.js';
import {
  readDeferred,
  readDestination,
  readDestinationId,
  readFieldChange,
  readService,
  readServiceId,
} from './read-objects.js';

const reasons: readonly Reason[] = [
  'declared',
  'undeclared',
  'absent',
  'drain-start',
  'drain-end',
  'drain-cancel',
  'drain-fallback',
  'health',
  'vip',
  'setting',
];

const impacts: readonly Impact[] = [
  'none',
  'new-connections',
  'existing-flows',
  'hash-remap',
  'resets-counters',
];

/** The operations of a plan in JSON: each complete, of the object that it names, and none before what it depends on. */
export function readOperations(value: unknown, path: string): PlannedOperation[] {
  const known = new Set<string>();
  let phase = 0;
  return checkList(value, path, (item, at) => {
    const operation = readOperation(checkObject(item, at), at);
    const place = phases.indexOf(operation.phase);
    expect(place >= phase, `${at}.phase`, operation.phase, phases.slice(phase).join(', '));
    const isNext = /^\d{4,}$/.test(operation.id) && Number(operation.id) === known.size + 1;
    expect(isNext, `${at}.id`, operation.id, `the number ${known.size + 1}, of four digits`);
    for (const id of operation.dependsOn) {
      expect(known.has(id), `${at}.dependsOn`, id, 'the ids of operations before this one');
    }
    known.add(operation.id);
    phase = place;
    return operation;
  });
}

function readOperation(fields: Fields, path: string): PlannedOperation {
  const op = checkWord(fields['op'], operationKinds, `${path}.op`);
  return presentFields<PlannedOperation>({
    id: checkText(fields['id'], `${path}.id`),
    phase: checkWord(fields['phase'], phasesOf[op], `${path}.phase`),
    op,
    ...readTarget(op, fields, path),
    fields: checkList(fields['fields'], `${path}.fields`, readFieldChange),
    reason: checkWord(fields['reason'], reasons, `${path}.reason`),
    impact: checkList(fields['impact'], `${path}.impact`, (word, at) =>
      checkWord(word, impacts, at),
    ),
    deferred: optionally(fields['deferred'], `${path}.deferred`, readDeferred),
    dependsOn: checkList(fields['dependsOn'], `${path}.dependsOn`, checkText),
  });
}

interface Target {
  readonly service: ServiceId | undefined;
  readonly destination: DestinationId | undefined;
  readonly address: string | undefined;
  readonly before: OperationObject | null;
  readonly after: OperationObject | null;
}

type Read = (value: unknown, path: string) => OperationObject;

/** What an operation is about: the object before and after, as far as its kind has them. */
function readTarget(op: OperationKind, fields: Fields, path: string): Target {
  const names = readNames(op, fields, path);
  const read = readerOf(op, names);
  const makes = op.startsWith('add-') || op === 'bind-vip' || op === 'ensure-device';
  const removes = op.startsWith('del-') || op === 'unbind-vip' || op === 'remove-device';
  const side = (name: 'before' | 'after', isNothing: boolean) => {
    const at = `${path}.${name}`;
    if (!isNothing) return read(fields[name], at);
    expect(fields[name] === null, at, fields[name], 'null');
    return null;
  };
  return { ...names, before: side('before', makes), after: side('after', removes) };
}

type Names = Pick<Target, 'service' | 'destination' | 'address'>;

function readNames(op: OperationKind, fields: Fields, path: string): Names {
  const isDestination = op.endsWith('-dest');
  if (!isDestination && !op.endsWith('-service')) {
    const address = checkText(fields['address'], `${path}.address`);
    return { service: undefined, destination: undefined, address };
  }
  return {
    service: readServiceId(fields['service'], `${path}.service`),
    destination: isDestination
      ? readDestinationId(fields['destination'], `${path}.destination`)
      : undefined,
    address: undefined,
  };
}

function readerOf(op: OperationKind, { service, destination, address = '' }: Names): Read {
  if (destination !== undefined) return (value, path) => readDestination(value, path, destination);
  if (service !== undefined) return (value, path) => readService(value, path, service);
  switch (op) {
    case 'bind-vip':
    case 'unbind-vip':
      return (value, path) => readVip(value, path, address);
    case 'set-timeouts':
      return readTimeouts;
    case 'set-sysctl':
      return (value, path) => readSysctl(value, path, address);
    default:
      return (value, path) => readDevice(value, path, address);
  }
}

function readVip(value: unknown, path: string, name: string): OperationObject {
  const fields = checkObject(value, path);
  const vip = {
    device: checkText(fields['device'], `${path}.device`),
    address: checkText(fields['address'], `${path}.address`),
    prefixLength: checkCount(fields['prefixLength'], `${path}.prefixLength`),
  };
  const isNamed = formatVip(vip.address, vip.prefixLength, vip.device) === name;
  expect(isNamed, path, value, `the address ${name}`);
  return vip;
}

function readDevice(value: unknown, path: string, name: string): OperationObject {
  const { device } = checkObject(value, path);
  expect(device === name, `${path}.device`, device, name);
  return { device };
}

function readTimeouts(value: unknown, path: string): OperationObject {
  const { tcp, tcpFin, udp } = checkObject(value, path);
  return {
    tcp: checkCount(tcp, `${path}.tcp`),
    tcpFin: checkCount(tcpFin, `${path}.tcpFin`),
    udp: checkCount(udp, `${path}.udp`),
  };
}

function readSysctl(fields: unknown, path: string, address: string): OperationObject {
  const { name, value } = checkObject(fields, path);
  expect(name === address, `${path}.name`, name, address);
  const isValue = typeof value === 'number' || typeof value === 'string';
  expect(isValue, `${path}.value`, value, 'a number or a text');
  return { name, value };
}
