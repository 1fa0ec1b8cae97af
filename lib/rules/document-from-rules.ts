import type { Timeouts } from '../../types/config.js';
import type { DestinationKey, DestinationSpec } from '../../types/destination.js';
import type { Document, ServiceEntry } from '../../types/document.js';
import type { Rule } from '../../types/rules.js';
import type { ServiceKey, ServiceSpec } from '../../types/service.js';
import { formatDestinationId, resolveDestinationRef } from '../model/destination-id.js';
import type { Mutable } from '../model/fields.js';
import { InvalidValueError } from '../model/invalid-value-error.js';
import { formatServiceId, resolveServiceRef } from '../model/service-id.js';

type CompleteDestination = Required<DestinationKey> & DestinationSpec;

/** A service as the rules so far have left it. */
interface Made {
  service: ServiceSpec;
  readonly destinations: Map<string, CompleteDestination>;
}

/**
 * The document that asks for what the rules would make of an empty table, one after the other: a service that is added and
 * deleted is not in it, and what stands before `-C` is not, but for timeouts. Of those it has what `--set` names; counters and
 * sync daemons are no part of a document.
 *
 * Throws {@link InvalidValueError}, whose `path` has the place of the rule in the list and whose message its line, for a rule that
 * could not be carried out: one that adds what is there, or changes or deletes what is not.
 */
export function documentFromRules(rules: readonly Rule[]): Document {
  const table = new Map<string, Made>();
  let timeouts: Partial<Timeouts> = {};
  for (const [index, rule] of rules.entries()) {
    if (rule.command === 'set-timeouts') timeouts = { ...timeouts, ...rule.timeouts };
    else carryOut(rule, index, table);
  }
  const document: Mutable<Document> = { version: 1, services: [...table.values()].map(entryOf) };
  if (Object.keys(timeouts).length > 0) document.timeouts = timeouts;
  return document;
}

function carryOut(rule: Rule, index: number, table: Map<string, Made>): void {
  const refuse = (value: unknown, expected: string): never => {
    const path = `rules[${index}] (line ${rule.line})`;
    throw new InvalidValueError(path, value, expected);
  };
  switch (rule.command) {
    case 'add-service': {
      const id = idOf(rule.service);
      if (table.has(id)) refuse(id, 'a service that is not there yet');
      table.set(id, { service: rule.service, destinations: new Map() });
      return;
    }
    case 'clear':
      table.clear();
      return;
    case 'zero':
    case 'set-timeouts':
    case 'start-daemon':
    case 'stop-daemon':
      return;
    default: {
      const id = idOf(rule.service);
      const made = table.get(id) ?? refuse(id, 'a service that an earlier rule adds');
      if ('destination' in rule) carryOutInside(rule, made, refuse);
      else if (rule.command === 'delete-service') table.delete(id);
      else made.service = rule.service;
    }
  }
}

type DestinationRule = Extract<Rule, { readonly destination: unknown }>;

function carryOutInside(
  rule: DestinationRule,
  { service, destinations }: Made,
  refuse: (value: unknown, expected: string) => never,
): void {
  const id = formatDestinationId(
    resolveDestinationRef(rule.destination, resolveServiceRef(service)),
  );
  const isThere = destinations.has(id);
  if (rule.command === 'add-destination') {
    if (isThere) refuse(id, 'a destination that is not there yet');
    destinations.set(id, rule.destination);
    return;
  }
  if (!isThere) refuse(id, 'a destination that an earlier rule adds');
  if (rule.command === 'edit-destination') destinations.set(id, rule.destination);
  else destinations.delete(id);
}

function idOf(service: ServiceKey): string {
  return formatServiceId(resolveServiceRef(service));
}

function entryOf({ service, destinations }: Made): ServiceEntry {
  return { ...service, destinations: [...destinations.values()] };
}
