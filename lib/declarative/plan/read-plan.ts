import type {
  Basis,
  Counts,
  Diagnostic,
  Plan,
  PlannedOperation,
  PlanSummary,
  Scope,
} from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { InvalidValueError } from '../../model/invalid-value-error.js';
import { combineFingerprints } from '../fingerprint.js';
import { checkScope } from '../scope.js';
import {
  checkBoolean,
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
import { checkPlanOptions } from './options.js';
import { readChanges } from './read-changes.js';
import { readDesired } from './read-desired.js';
import { readServiceId } from './read-objects.js';
import { readOperations } from './read-operations.js';

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
  const fields = checkObject(
    typeof json === 'string' ? parse(json) : json,
    '',
    'a plan: an object, or the text of one',
  );
  const { kind, formatVersion } = fields;
  expect(kind === 'ipvs-plan', 'kind', kind, '"ipvs-plan"');
  const isKnown = typeof formatVersion === 'string' && /^1\.\d+$/.test(formatVersion);
  expect(isKnown, 'formatVersion', formatVersion, 'a version 1, such as "1.0"');
  const operations = readOperations(fields['operations'], 'operations');
  const desired = readDesired(fields['desired'], 'desired');
  const plan: Plan = {
    scope: readScope(fields['scope']),
    options: checkPlanOptions(fields['options'], 'options.'),
    basis: readBasis(checkObject(fields['basis'], 'basis'), operations),
    summary: readSummary(checkObject(fields['summary'], 'summary'), operations),
    changes: readChanges(fields['changes'], 'changes'),
    operations,
    diagnostics: checkList(fields['diagnostics'], 'diagnostics', readDiagnostic),
    desired,
  };
  fromJSON.add(plan);
  return plan;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidValueError('', text, `a plan in JSON (${(error as Error).message})`);
  }
}

/** A selector with a field that is not known is refused: without it, it would select more. */
function readScope(value: unknown): Scope {
  const { mode, include, exclude } = checkObject(value, 'scope');
  const scope = presentFields<Scope>({ mode, include, exclude } as unknown as Scope);
  checkScope(scope);
  return scope;
}

/** Of each service that is touched it must be known what there was; without, no change since would be seen. */
function readBasis(fields: Fields, operations: readonly PlannedOperation[]): Basis {
  const known = Object.entries(checkObject(fields['services'], 'basis.services'));
  const services = Object.fromEntries(
    known.map(([id, hash]) => {
      const path = `basis.services[${JSON.stringify(id)}]`;
      expect(hash === null || typeof hash === 'string', path, hash, 'a text or null');
      return [readServiceId(id, path), hash];
    }),
  ) as Record<ServiceId, string | null>;
  for (const [index, { service }] of operations.entries()) {
    const isKnown = service === undefined || Object.hasOwn(services, service);
    expect(isKnown, `operations[${index}].service`, service, 'a service of the basis');
  }
  const { consistent, fingerprint } = fields;
  const isWhole = fingerprint === combineFingerprints(services);
  expect(isWhole, 'basis.fingerprint', fingerprint, 'the hash over basis.services');
  return {
    consistent: checkBoolean(consistent, 'basis.consistent'),
    fingerprint: fingerprint as string,
    services,
  };
}

function readSummary(fields: Fields, planned: readonly PlannedOperation[]): PlanSummary {
  const destinations = checkObject(fields['destinations'], 'summary.destinations');
  const { operations, unmanagedServices } = fields;
  const expected = `${planned.length}, as there are operations`;
  expect(operations === planned.length, 'summary.operations', operations, expected);
  return {
    services: readCounts(fields['services'], 'summary.services'),
    destinations: {
      ...readCounts(destinations, 'summary.destinations'),
      drain: checkCount(destinations['drain'], 'summary.destinations.drain'),
    },
    vips: readCounts(fields['vips'], 'summary.vips'),
    operations: planned.length,
    unmanagedServices: checkCount(unmanagedServices, 'summary.unmanagedServices'),
  };
}

function readCounts(value: unknown, path: string): Counts {
  const { add, change, remove, unchanged } = checkObject(value, path);
  return {
    add: checkCount(add, `${path}.add`),
    change: checkCount(change, `${path}.change`),
    remove: checkCount(remove, `${path}.remove`),
    unchanged: checkCount(unchanged, `${path}.unchanged`),
  };
}

function readDiagnostic(value: unknown, path: string): Diagnostic {
  const fields = checkObject(value, path);
  return presentFields<Diagnostic>({
    severity: checkWord(
      fields['severity'],
      ['error', 'warning', 'info'] as const,
      `${path}.severity`,
    ),
    code: checkText(fields['code'], `${path}.code`) as Diagnostic['code'],
    message: checkText(fields['message'], `${path}.message`),
    address: optionally(fields['address'], `${path}.address`, checkText),
    path: optionally(fields['path'], `${path}.path`, checkText),
  });
}
