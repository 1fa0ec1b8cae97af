import type { Destination } from '../../../types/destination.js';
import type { DesiredDestination, DesiredState, Document } from '../../../types/document.js';
import type {
  OperationKind,
  Phase,
  Plan,
  PlanJSON,
  PlannedOperation,
} from '../../../types/plan.js';
import { parseDestinationId } from '../../model/destination-id.js';
import { isObject } from '../../model/fields.js';
import { InvalidValueError } from '../../model/invalid-value-error.js';
import { parseServiceId } from '../../model/service-id.js';
import { phases } from '../diff/draft.js';
import { normalize } from '../document/normalize.js';
import { ownershipOf } from '../scope.js';

const kinds: ReadonlySet<string> = new Set<OperationKind>([
  'add-service',
  'set-service',
  'del-service',
  'add-dest',
  'set-dest',
  'del-dest',
  'bind-vip',
  'unbind-vip',
  'ensure-device',
  'remove-device',
  'set-timeouts',
  'set-sysctl',
]);

const fromJSON = new WeakSet<Plan>();

/** Whether a plan was made elsewhere, and perhaps long ago. */
export function isFromJSON(plan: Plan): boolean {
  return fromJSON.has(plan);
}

/**
 * Reads what `planToJSON` made, or the text of it. Fields that a later minor version adds are left out. Throws
 * `InvalidValueError`, which names the path, for what is no plan, or one of another major version, and `ValidationError` where
 * what it says should be cannot be.
 */
export function planFromJSON(json: unknown): Plan {
  const plan = typeof json === 'string' ? parse(json) : json;
  if (!isObject(plan)) throw new InvalidValueError('', json, 'a plan: an object');
  const fields = plan as { readonly [Name in keyof PlanJSON]?: unknown };
  expect(fields.kind === 'ipvs-plan', 'kind', fields.kind, '"ipvs-plan"');
  const version = fields.formatVersion;
  const isKnown = typeof version === 'string' && /^1\.\d+$/.test(version);
  expect(isKnown, 'formatVersion', version, 'a version 1, such as "1.0"');
  for (const name of ['scope', 'options', 'basis', 'summary', 'desired'] as const) {
    expect(isObject(fields[name]), name, fields[name], 'an object');
  }
  for (const name of ['changes', 'operations', 'diagnostics'] as const) {
    expect(Array.isArray(fields[name]), name, fields[name], 'an array');
  }
  const { scope, options, basis, summary, changes, operations, diagnostics, desired } =
    fields as unknown as Plan;
  expect(isObject(basis.services), 'basis.services', basis.services, 'an object');
  const state = normalize(documentOf(desired), { allowNoScheduler: true });
  ownershipOf(scope, state, undefined);
  checkOperations(operations);
  const read = { scope, options, basis, summary, changes, operations, diagnostics, desired: state };
  fromJSON.add(read);
  return read;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidValueError('', text, `a plan in JSON (${(error as Error).message})`);
  }
}

/** A state as the document that stands for it. */
function documentOf({ services, absent, vips, timeouts, sysctls }: DesiredState): Document {
  expect(Array.isArray(services), 'desired.services', services, 'an array');
  expect(Array.isArray(absent), 'desired.absent', absent, 'an array');
  const present = services.map(({ id: _id, family, destinations, ...service }) => ({
    ...service,
    ...('fwmark' in service ? { family } : {}),
    destinations: destinations.map(withoutId),
  }));
  const gone = absent.map(({ id, ...rest }) => ({ ...identityOf(id), ...rest, ensure: 'absent' }));
  return {
    version: 1,
    services: [...present, ...gone],
    ...(vips === undefined ? {} : { vips }),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(sysctls === undefined ? {} : { sysctls }),
  } as Document;
}

function identityOf(id: string) {
  const key = parseServiceId(id, 'desired.absent');
  if (key.kind === 'fwmark') return { fwmark: key.fwmark, family: key.family };
  const { protocol, address, port } = key;
  return { protocol, address, port };
}

function checkOperations(operations: readonly PlannedOperation[]): void {
  const known = new Set<string>();
  let phase = 0;
  for (const [index, operation] of operations.entries()) {
    const path = `operations[${index}]`;
    expect(isObject(operation), path, operation, 'an operation: an object');
    phase = checkPlace(operation, phase, path);
    checkTarget(operation, path);
    expect(
      Array.isArray(operation.dependsOn),
      `${path}.dependsOn`,
      operation.dependsOn,
      'an array',
    );
    for (const id of operation.dependsOn) {
      expect(known.has(id), `${path}.dependsOn`, id, 'the ids of operations before this one');
    }
    expect(!known.has(operation.id), `${path}.id`, operation.id, 'an id of its own');
    known.add(operation.id);
  }
}

/** Checks the kind and the order; answers the place of the phase. */
function checkPlace({ id, op, phase }: PlannedOperation, after: number, path: string): number {
  expect(typeof id === 'string', `${path}.id`, id, 'a text');
  expect(kinds.has(op), `${path}.op`, op, `one of ${[...kinds].join(', ')}`);
  const place = phases.indexOf(phase as Phase);
  expect(place >= after, `${path}.phase`, phase, `${phases.slice(after).join(', ')}`);
  return place;
}

function checkTarget(operation: PlannedOperation, path: string): void {
  const { op, service, destination, address, before, after } = operation;
  if (op.endsWith('-service') || op.endsWith('-dest')) {
    parseServiceId(service as string, `${path}.service`);
  } else {
    expect(typeof address === 'string', `${path}.address`, address, 'a text');
  }
  if (op.endsWith('-dest')) parseDestinationId(destination as string, `${path}.destination`);
  const removes = op.startsWith('del-') || op === 'unbind-vip' || op === 'remove-device';
  const object = removes ? before : after;
  expect(isObject(object), `${path}.${removes ? 'before' : 'after'}`, object, 'an object');
}

function expect(holds: boolean, path: string, value: unknown, expected: string): asserts holds {
  if (!holds) throw new InvalidValueError(path, value, expected);
}

function withoutId({ id: _id, ...destination }: DesiredDestination): Destination {
  return destination;
}
