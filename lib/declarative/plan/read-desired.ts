import type { DesiredState, Document } from '../../../types/document.js';
import { identityOf } from '../canonical.js';
import { normalize } from '../document/normalize.js';
import { checkList, checkObject, expect, type Fields } from './checks.js';
import { readServiceId } from './read-objects.js';

/**
 * What a plan in JSON says should be, checked as a document is; throws `ValidationError` where it cannot be. The ids are
 * those that the identities have.
 */
export function readDesired(value: unknown, path: string): DesiredState {
  const fields = checkObject(value, path);
  const present = checkList(fields['services'], `${path}.services`, checkObject);
  const absent = checkList(fields['absent'], `${path}.absent`, checkObject);
  const { vips, timeouts, sysctls } = fields;
  const state = normalize(
    {
      version: 1,
      services: [
        ...present.map((service, index) => entryOf(service, `${path}.services[${index}]`)),
        ...absent.map((service, index) => absentEntryOf(service, `${path}.absent[${index}]`)),
      ],
      ...(vips === undefined ? {} : { vips }),
      ...(timeouts === undefined ? {} : { timeouts }),
      ...(sysctls === undefined ? {} : { sysctls }),
    } as unknown as Document,
    { allowNoScheduler: true },
  );
  checkIds(present, state.services, `${path}.services`);
  checkIds(absent, state.absent, `${path}.absent`);
  // They were told when the plan was made.
  return { ...state, warnings: [] };
}

/** A service as the document has it that stands for it. */
function entryOf({ id: _id, family, destinations, ...service }: Fields, path: string): object {
  return {
    ...service,
    ...(Object.hasOwn(service, 'fwmark') ? { family } : {}),
    destinations: checkList(destinations, `${path}.destinations`, (destination, at) => {
      const { id: _destinationId, ...spec } = checkObject(destination, at);
      return spec;
    }),
  };
}

function absentEntryOf({ id, ...rest }: Fields, path: string): object {
  const identity = identityOf(readServiceId(id, `${path}.id`));
  return { ...rest, ...identity, ensure: 'absent' };
}

function checkIds(
  given: readonly Fields[],
  services: readonly { readonly id: string }[],
  path: string,
): void {
  for (const [index, { id }] of services.entries()) {
    const found = given[index]?.['id'];
    expect(found === id, `${path}[${index}].id`, found, `${id}, in canonical order`);
  }
}
