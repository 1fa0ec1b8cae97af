import type { Document, ExportOptions, ServiceEntry } from '../../../types/document.js';
import type { ServiceSnapshot, Snapshot } from '../../../types/snapshot.js';
import { checkDeviceName } from '../../model/device-name.js';
import type { Mutable } from '../../model/fields.js';
import { InvalidValueError } from '../../model/invalid-value-error.js';
import { pointerStep } from '../../model/pointer.js';
import { CollectingReport, throwingReport } from '../../model/report.js';
import {
  type CompleteServiceKey,
  compareServiceKeys,
  formatServiceId,
  keyOfService,
} from '../../model/service-id.js';
import { checkTimeouts } from '../../model/timeouts.js';
import { FirstPlaces } from './context.js';
import { checkSysctls, type DesiredSysctls } from './desired-sysctls.js';
import { exportEntry } from './export-entry.js';
import { exportVips } from './export-vips.js';
import { checkPresentEntry } from './present-entry.js';
import { runSteps } from './steps.js';

/**
 * The shortest document that asks for what the snapshot has: a plan of it against the same snapshot has nothing to do.
 * Services in canonical order, without their defaults and counters. Timeouts, sysctls and addresses are not part of it
 * unless the options say so; what they ask for must be in the snapshot, or {@link InvalidValueError} is thrown.
 *
 * The kernel can hold what no document may ask for: a protocol that is not balanced, port 0 without persistence, an
 * IPv4-mapped address, a forwarding method `local`, scheduler `none` without `allowNoScheduler`. A service of which that
 * is true, or of a destination of it, is left out as a whole, since a document speaks for all destinations of its
 * services; `onOmitted` is told. In a scope that selects such a service a plan would remove it.
 */
export function exportDocument(snapshot: Snapshot, options: ExportOptions = {}): Document {
  const document: Mutable<Document> = { version: 1, services: exportServices(snapshot, options) };
  if (options.vips !== undefined) {
    checkDeviceName(options.vips, throwingReport, '/options/vips');
    const addresses = present(snapshot.addresses, 'addresses');
    document.vips = exportVips(options.vips, addresses);
  }
  if (options.timeouts === true) {
    const timeouts = present(snapshot.timeouts, 'timeouts');
    const report = new CollectingReport();
    const checked = checkTimeouts(timeouts, report, '/timeouts');
    if (checked !== undefined) document.timeouts = checked;
    else options.onOmitted?.({ path: '/timeouts', issues: report.issues });
  }
  if (options.sysctls !== undefined) {
    document.sysctls = exportSysctls(present(snapshot.sysctls, 'sysctls'), options);
  }
  return document;
}

function present<Part>(part: Part | undefined, name: string): Part {
  if (part !== undefined) return part;
  throw new InvalidValueError(`snapshot.${name}`, part, 'what the options ask for');
}

function exportServices(snapshot: Snapshot, options: ExportOptions): ServiceEntry[] {
  const keyed = snapshot.services.map((service) => ({ key: keyOfService(service), service }));
  keyed.sort((first, second) => compareServiceKeys(first.key, second.key));
  const entries: ServiceEntry[] = [];
  for (const [index, { key, service }] of keyed.entries()) {
    const entry = exportService(service, key, `/services/${index}`, options);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function exportService(
  service: ServiceSnapshot,
  key: CompleteServiceKey,
  path: string,
  options: ExportOptions,
): ServiceEntry | undefined {
  const report = new CollectingReport();
  const context = {
    report,
    allowNoScheduler: options.allowNoScheduler === true,
    defaults: { schedulerIsUnknown: false, forwardIsUnknown: false },
    services: new FirstPlaces(),
    names: new FirstPlaces(),
  };
  const entry = exportEntry(service, key);
  const checked = runSteps(checkPresentEntry(entry, context, path));
  const id = formatServiceId(key);
  // An address that is taken as another one is not the service any more.
  if (report.errorCount === 0 && checked?.service.id === id) return entry as ServiceEntry;
  options.onOmitted?.({ path, service: id, issues: report.issues });
  return undefined;
}

function exportSysctls(values: DesiredSysctls, options: ExportOptions): DesiredSysctls {
  const { sysctls: wanted = [], onOmitted } = options;
  const names = wanted === 'all' ? Object.keys(values) : wanted;
  const exported: [name: string, value: number | string][] = [];
  for (const name of [...new Set(names)].sort()) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) continue;
    const report = new CollectingReport();
    const checked = checkSysctls({ [name]: value }, report, '/sysctls');
    if (checked !== undefined) exported.push([name, value]);
    else onOmitted?.({ path: `/sysctls${pointerStep(name)}`, issues: report.issues });
  }
  return Object.fromEntries(exported);
}
