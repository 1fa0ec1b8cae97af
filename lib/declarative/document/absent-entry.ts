import type { AbsentService } from '../../../types/document.js';
import { pointerStep } from '../../model/pointer.js';
import { CollectingReport } from '../../model/report.js';
import { readServiceFields } from '../../model/service-fields.js';
import { type CompleteServiceKey, formatServiceId, keyOfService } from '../../model/service-id.js';
import { checkServiceIdentity } from '../../model/service-identity.js';
import type { DocumentContext } from './context.js';
import { checkEntryFields } from './entry-fields.js';
import { isOneOf, ownField } from './read-fields.js';
import { refuseDuplicate } from './service-duplicates.js';

/** A service that should not be there, and where it comes among the others. */
export interface AbsentEntry {
  readonly key: CompleteServiceKey;
  readonly absent: AbsentService;
}

/** What the entry of a service that should not be there may have. */
export const absentFields = [
  'protocol',
  'address',
  'port',
  'fwmark',
  'family',
  'ensure',
  'name',
  'drain',
] as const;

/**
 * Checks the entry of a service that should not be there. Port 0 needs no persistence here. `undefined` where its identity
 * is wrong.
 */
export function checkAbsentEntry(
  input: object,
  context: DocumentContext,
  path: string,
): AbsentEntry | undefined {
  const { report } = context;
  refuseSettings(input, context, path);
  const identity = readServiceFields(input, undefined, new CollectingReport(), path);
  const { key: found } = checkServiceIdentity(identity, input, report, path);
  const { drain } = checkEntryFields(input, context, path);
  if (found === undefined) return undefined;

  const key = keyOfService(found);
  const id = formatServiceId(key);
  refuseDuplicate(id, input, context, path);
  return { key, absent: drain === undefined ? { id } : { id, drain } };
}

function refuseSettings(input: object, { report }: DocumentContext, path: string): void {
  for (const name of Object.keys(input)) {
    const value = ownField(input, name);
    if (value === undefined || isOneOf(name, absentFields)) continue;
    const expected = 'no field but the identity, name and drain beside ensure absent';
    report.error('E_SCHEMA', path + pointerStep(name), value, expected);
  }
}
