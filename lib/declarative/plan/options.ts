import type { DestinationId } from '../../../types/destination.js';
import type { DrainRecord, OperationKind, OwnerRecord, PlanOptions } from '../../../types/plan.js';
import type { ServiceId } from '../../../types/service.js';
import { formatDestinationId, parseDestinationId } from '../../model/destination-id.js';
import { throwingReport } from '../../model/report.js';
import { formatServiceId, parseServiceId } from '../../model/service-id.js';
import { checkDrainPolicy } from '../document/drain-policy.js';
import {
  checkBoolean,
  checkCount,
  checkList,
  checkObject,
  checkText,
  checkTime,
  checkWord,
  expect,
  optionally,
  presentFields,
} from './checks.js';
import { operationKinds } from './phases.js';

/**
 * The options that a plan keeps, of those that `diff` was given or that a plan in JSON has. Throws `InvalidValueError`,
 * with `place` before the name of the option, for one that is wrong; records come from files that anything may have
 * been written to.
 */
export function checkPlanOptions(options: unknown, place = ''): PlanOptions {
  const fields = checkObject(options, place.replace(/\.$/, ''));
  return presentFields<PlanOptions>({
    drain: optionally(fields['drain'], `${place}drain`, checkDrain),
    ignore: optionally(fields['ignore'], `${place}ignore`, checkIgnored),
    allow: optionally(fields['allow'], `${place}allow`, checkKinds),
    maxRemovals: optionally(fields['maxRemovals'], `${place}maxRemovals`, checkLimit),
    allowEmpty: optionally(fields['allowEmpty'], `${place}allowEmpty`, checkBoolean),
    record: optionally(fields['record'], `${place}record`, checkOwnerRecord),
    drains: optionally(fields['drains'], `${place}drains`, checkDrains),
  });
}

function checkDrain(value: unknown, path: string): NonNullable<PlanOptions['drain']> {
  return checkDrainPolicy(value, throwingReport, `/${path.replaceAll('.', '/')}`) ?? {};
}

function checkIgnored(value: unknown, path: string): 'weight'[] {
  return checkList(value, path, (word, at) => checkWord(word, ['weight'], at));
}

function checkKinds(value: unknown, path: string): OperationKind[] {
  return checkList(value, path, (word, at) => checkWord(word, operationKinds, at));
}

function checkLimit(value: unknown, path: string): number {
  const isLimit =
    typeof value === 'number' && value >= 0 && (value < 1 || Number.isSafeInteger(value));
  expect(isLimit, path, value, 'a whole number of services, or a fraction below 1');
  return value;
}

function checkOwnerRecord(value: unknown, path: string): OwnerRecord {
  const { version, services, vips } = checkObject(value, path);
  expect(version === 1, `${path}.version`, version, '1');
  return {
    version,
    services: checkList(services, `${path}.services`, checkServiceId),
    vips: checkList(vips, `${path}.vips`, checkText),
  };
}

/** Checks the records of drains, which come from wherever they were kept. Throws `InvalidValueError`. */
export function checkDrains(value: unknown, path = 'drains'): DrainRecord[] {
  return checkList(value, path, checkDrainRecord);
}

function checkDrainRecord(value: unknown, path: string): DrainRecord {
  const fields = checkObject(value, path);
  return {
    service: checkServiceId(fields['service'], `${path}.service`),
    destination: checkDestinationId(fields['destination'], `${path}.destination`),
    weightBefore: checkCount(fields['weightBefore'], `${path}.weightBefore`),
    startedAt: checkTime(fields['startedAt'], `${path}.startedAt`),
    deadlineAt: checkTime(fields['deadlineAt'], `${path}.deadlineAt`),
  };
}

function checkServiceId(value: unknown, path: string): ServiceId {
  return formatServiceId(parseServiceId(value as string, path));
}

function checkDestinationId(value: unknown, path: string): DestinationId {
  return formatDestinationId(parseDestinationId(value as string, path));
}
