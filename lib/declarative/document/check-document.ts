import type { Timeouts } from '../../../types/config.js';
import type {
  AbsentService,
  DesiredService,
  DesiredState,
  DesiredVips,
  NormalizeOptions,
} from '../../../types/document.js';
import type { Issue } from '../../../types/issue.js';
import type { ServiceId } from '../../../types/service.js';
import { isObject, type Mutable } from '../../model/fields.js';
import { CollectingReport } from '../../model/report.js';
import { type CompleteServiceKey, compareServiceKeys } from '../../model/service-id.js';
import { checkTimeouts } from '../../model/timeouts.js';
import { checkAbsentEntry } from './absent-entry.js';
import { type DocumentContext, FirstPlaces } from './context.js';
import { checkDefaults } from './defaults.js';
import { checkSysctls, type DesiredSysctls } from './desired-sysctls.js';
import { sortByPlace } from './document-order.js';
import { checkEnsure } from './entry-fields.js';
import { checkPresentEntry } from './present-entry.js';
import { type Fields, readFields } from './read-fields.js';
import { type Steps, sortSteps } from './steps.js';
import { checkVips } from './vips.js';

/** What a check of a document comes to. */
export interface CheckedDocument {
  /** In document order. */
  readonly issues: readonly Issue[];
  /** Absent after any error. */
  readonly state?: DesiredState;
}

/** Services that one document may have. */
export const mostServices = 1_000_000;

const sections = ['version', 'defaults', 'services', 'vips', 'timeouts', 'sysctls'] as const;

/** Checks a whole document: everything that is wrong with it is found. */
export function* checkDocument(
  document: unknown,
  options: NormalizeOptions = {},
): Steps<CheckedDocument> {
  const report = new CollectingReport();
  if (!isObject(document)) {
    report.error('E_SCHEMA', '', document, 'a document: an object with version and services');
    return { issues: report.issues };
  }
  const fields = readFields(document, sections, report, '');
  if (fields.version !== 1) report.error('E_VERSION', '/version', fields.version, '1');
  const allowNoScheduler = options.allowNoScheduler === true;
  const context: DocumentContext = {
    report,
    allowNoScheduler,
    defaults: checkDefaults(fields.defaults, allowNoScheduler, report, '/defaults'),
    services: new FirstPlaces(),
    names: new FirstPlaces(),
  };
  const services = yield* checkServices(fields.services, context, '/services');
  const settings = checkSettings(fields, report);

  const issues = yield* sortByPlace(report.issues, document);
  if (report.errorCount > 0) return { issues };
  return { issues, state: { version: 1, ...services, ...settings, warnings: issues } };
}

interface Services {
  readonly services: readonly DesiredService[];
  readonly absent: readonly AbsentService[];
}

interface Keyed {
  readonly key: CompleteServiceKey;
}

function* checkServices(input: unknown, context: DocumentContext, path: string): Steps<Services> {
  const { report } = context;
  if (!Array.isArray(input) || input.length > mostServices) {
    report.error('E_SCHEMA', path, input, `an array of at most ${mostServices} services`);
    return { services: [], absent: [] };
  }
  const present: (Keyed & { readonly service: DesiredService })[] = [];
  const absent: (Keyed & { readonly absent: AbsentService })[] = [];
  for (let index = 0; index < input.length; index += 1) {
    yield;
    const entry: unknown = input[index];
    const place = `${path}/${index}`;
    const found = report.issues.length;
    if (!isObject(entry)) {
      report.error('E_SCHEMA', place, entry, 'a service: an object');
    } else if (checkEnsure(entry, context, place) === 'absent') {
      const checked = checkAbsentEntry(entry, context, place);
      if (checked === undefined) continue;
      nameService(report.issues, found, checked.absent.id);
      absent.push(checked);
    } else {
      const checked = yield* checkPresentEntry(entry, context, place);
      if (checked === undefined) continue;
      nameService(report.issues, found, checked.service.id);
      present.push(checked);
    }
  }
  return {
    services: (yield* sortSteps(present, compareKeys)).map(({ service }) => service),
    absent: (yield* sortSteps(absent, compareKeys)).map((entry) => entry.absent),
  };
}

/** Says of what was found in an entry which service that is. */
function nameService(issues: Issue[], first: number, service: ServiceId): void {
  for (let index = first; index < issues.length; index += 1) {
    issues[index] = { ...(issues[index] as Issue), service };
  }
}

function compareKeys(first: Keyed, second: Keyed): number {
  return compareServiceKeys(first.key, second.key);
}

interface Settings {
  readonly vips?: DesiredVips;
  readonly timeouts?: Partial<Timeouts>;
  readonly sysctls?: DesiredSysctls;
}

/** A section that is absent is not managed. */
function checkSettings(fields: Fields<keyof Settings>, report: CollectingReport): Settings {
  const settings: Mutable<Settings> = {};
  if (fields.vips !== undefined) {
    const vips = checkVips(fields.vips, report, '/vips');
    if (vips !== undefined) settings.vips = vips;
  }
  if (fields.timeouts !== undefined) {
    const timeouts = checkTimeouts(fields.timeouts, report, '/timeouts');
    if (timeouts !== undefined) settings.timeouts = timeouts;
  }
  if (fields.sysctls !== undefined) {
    const sysctls = checkSysctls(fields.sysctls, report, '/sysctls');
    if (sysctls !== undefined) settings.sysctls = sysctls;
  }
  return settings;
}
