import type {
  CompleteServiceSettings,
  Scheduler,
  SchedulerFlag,
  Service,
} from '../../types/service.js';
import { isObject, type Mutable, refuseIdentity } from './fields.js';
import { plainOf } from './lazy-object.js';
import {
  changePersistence,
  checkPersistence,
  type PersistenceContext,
  type PersistenceParts,
} from './persistence.js';
import type { Report } from './report.js';
import { checkScheduler, defaultScheduler } from './scheduler.js';
import {
  checkFlagsFit,
  checkSchedulerFlags,
  schedulerFlagsFromBits,
  schedulerFlagsToBits,
} from './scheduler-flags.js';
import { readServiceFields, type ServiceFields } from './service-fields.js';
import { type CompleteServiceKey, type ServiceIdentity, serviceFamily } from './service-id.js';
import { checkServiceIdentity, type Traffic, trafficOf } from './service-identity.js';

/** How {@link checkServiceChanges} checks. */
export interface ServiceChangesOptions {
  /** Whether scheduler `none`, which refuses every new connection, may be asked for. Default false. */
  readonly allowNoScheduler?: boolean;
}

/** How calls check, which do what they are told: a director that only takes over connections needs no scheduler. */
export const asCalled: ServiceChangesOptions = { allowNoScheduler: true };

/** How {@link checkServiceSpec} checks. */
export interface ServiceSpecOptions extends ServiceChangesOptions {
  /** The scheduler of a service that names none. Default `wlc`. */
  readonly defaultScheduler?: Scheduler;
  /** Whether the default could not be read, so that nothing is said of what depends on it. Default false. */
  readonly defaultIsUnknown?: boolean;
  /** Names of fields to pass over in silence. Default: `id`, `stats` and `unknownFlags`. */
  readonly skippedFields?: ReadonlySet<string>;
}

/** Checked changes to a service; what is absent stays as it is. */
export interface CompleteServiceChanges {
  readonly scheduler?: Scheduler;
  /** By whichever names they were written. */
  readonly schedulerFlags?: readonly SchedulerFlag[];
  /** `true` and `false` replace the whole, an object only the parts it has; an empty engine removes the engine. */
  readonly persistence?: boolean | PersistenceParts;
  readonly onePacket?: boolean;
}

interface SettingsContext extends PersistenceContext {
  readonly allowNoScheduler: boolean | undefined;
}

const observedFields: ReadonlySet<string> = new Set(['id', 'stats', 'unknownFlags']);

const identityFields = ['protocol', 'address', 'port', 'fwmark', 'family'] as const;

/**
 * Checks a service as a caller writes it and completes it: every default filled in, every value in its canonical
 * form. An observed service will do: what only the kernel knows is skipped. `undefined` after any error.
 */
export function checkServiceSpec(
  input: unknown,
  report: Report,
  path: string,
  options: ServiceSpecOptions = {},
): Service | undefined {
  if (!isObject(input)) return report.error('E_SCHEMA', path, input, 'a service: an object');
  const errorsBefore = report.errorCount;
  const fields = readServiceFields(
    plainOf(input),
    options.skippedFields ?? observedFields,
    report,
    path,
  );
  const { key, family, traffic, port } = checkServiceIdentity(fields, input, report, path);
  const { allowNoScheduler } = options;
  const context: SettingsContext = { family, traffic, engine: 'name', allowNoScheduler };
  const settings = checkSettings(fields, context, report, path);

  const scheduler = settings.scheduler ?? options.defaultScheduler ?? defaultScheduler;
  const schedulerIsKnown =
    settings.scheduler !== undefined ||
    (fields.scheduler === undefined && options.defaultIsUnknown !== true);
  const flags = settings.schedulerFlags;
  if (flags !== undefined && schedulerIsKnown) checkFlagsFit(flags, scheduler, report, path);
  if (port === 0 && (fields.persistence === undefined || fields.persistence === false)) {
    const expected = 'a port from 1 to 65535 where there is no persistence';
    report.error('E_PORT_ZERO', `${path}/port`, port, expected);
  }

  if (report.errorCount !== errorsBefore || key === undefined) return undefined;
  const bits = flags === undefined ? 0 : schedulerFlagsToBits(flags);
  return makeService(key, {
    scheduler,
    schedulerFlags: schedulerFlagsFromBits(bits, scheduler),
    persistence: changePersistence(undefined, settings.persistence, serviceFamily(key)),
    onePacket: settings.onePacket ?? false,
  });
}

/**
 * Checks changes to the service of that key, as far as that can be without its present settings; the rest is for
 * {@link applyServiceChanges}. `undefined` after any error.
 */
export function checkServiceChanges(
  input: unknown,
  key: CompleteServiceKey,
  report: Report,
  path: string,
  options: ServiceChangesOptions = {},
): CompleteServiceChanges | undefined {
  if (!isObject(input)) return report.error('E_SCHEMA', path, input, 'an object of changes');
  const errorsBefore = report.errorCount;
  const fields = readServiceFields(plainOf(input), undefined, report, path);
  refuseIdentity(fields, identityFields, report, path);
  const context: SettingsContext = {
    family: key.family,
    traffic: trafficOf(key),
    engine: 'name-or-empty',
    allowNoScheduler: options.allowNoScheduler,
  };
  const settings = checkSettings(fields, context, report, path);
  const { scheduler, schedulerFlags } = settings;
  if (scheduler !== undefined && schedulerFlags !== undefined) {
    checkFlagsFit(schedulerFlags, scheduler, report, path);
  }
  if (settings.persistence === false && key.kind === 'address' && key.port === 0) {
    const expected = 'persistence, without which port 0 is not served';
    report.error('E_PORT_ZERO', `${path}/persistence`, false, expected);
  }
  return report.errorCount === errorsBefore ? settings : undefined;
}

/**
 * The service with the changes made; what they do not name stays as it is, also what a spec would be refused for.
 * Flags keep their bits under a new scheduler and take its names. `undefined` after any error.
 */
export function applyServiceChanges(
  current: Service,
  changes: CompleteServiceChanges,
  report: Report,
  path: string,
): Service | undefined {
  const errorsBefore = report.errorCount;
  const scheduler = changes.scheduler ?? current.scheduler;
  const flags = changes.schedulerFlags ?? current.schedulerFlags;
  if (changes.schedulerFlags !== undefined && changes.scheduler === undefined) {
    checkFlagsFit(flags, scheduler, report, path);
  }
  if (report.errorCount !== errorsBefore) return undefined;
  const family = serviceFamily(current);
  return makeService(current, {
    scheduler,
    schedulerFlags: schedulerFlagsFromBits(schedulerFlagsToBits(flags), scheduler),
    persistence: changePersistence(current.persistence, changes.persistence, family),
    onePacket: changes.onePacket ?? current.onePacket,
  });
}

/** A service's settings and identity alone: no counters, no destinations, no labels. */
export function serviceOf(source: Service): Service {
  return makeService(source, source);
}

function checkSettings(
  fields: ServiceFields,
  context: SettingsContext,
  report: Report,
  path: string,
): CompleteServiceChanges {
  const settings: Mutable<CompleteServiceChanges> = {};
  if (fields.scheduler !== undefined) {
    const allowNone = context.allowNoScheduler === true;
    const scheduler = checkScheduler(fields.scheduler, allowNone, report, path);
    if (scheduler !== undefined) settings.scheduler = scheduler;
  }
  if (fields.schedulerFlags !== undefined) {
    const flags = checkSchedulerFlags(fields.schedulerFlags, report, path);
    if (flags !== undefined) settings.schedulerFlags = flags;
  }
  if (fields.persistence !== undefined) {
    const persistence = checkPersistence(fields.persistence, context, report, path);
    if (persistence !== undefined) settings.persistence = persistence;
  }
  if (fields.onePacket !== undefined) {
    const onePacket = checkOnePacket(fields.onePacket, context.traffic, report, path);
    if (onePacket !== undefined) settings.onePacket = onePacket;
  }
  return settings;
}

function checkOnePacket(
  value: unknown,
  traffic: Traffic | undefined,
  report: Report,
  path: string,
): boolean | undefined {
  const isBoolean = typeof value === 'boolean';
  if (isBoolean && !(value && traffic === 'other')) return value;
  const expected = isBoolean ? 'false on what is neither a UDP nor a mark service' : 'a boolean';
  return report.error('E_ONE_PACKET', `${path}/onePacket`, value, expected);
}

/** Settings that may say outright that there is no persistence. */
interface SettingsToTake extends Omit<CompleteServiceSettings, 'persistence'> {
  readonly persistence?: CompleteServiceSettings['persistence'] | undefined;
}

/** A service of that identity; whatever else the two have is left out. */
function makeService(key: ServiceIdentity, settings: SettingsToTake): Service {
  const { scheduler, schedulerFlags, onePacket, persistence } = settings;
  // Field by field: spreading the key takes two hundred times as long in Node 20.
  let service: Mutable<Service>;
  if ('fwmark' in key) {
    const { fwmark, family } = key;
    service = { fwmark, family, scheduler, schedulerFlags, onePacket };
  } else {
    const { protocol, address, port } = key;
    service = { protocol, address, port, scheduler, schedulerFlags, onePacket };
  }
  if (persistence !== undefined) service.persistence = persistence;
  return service;
}
