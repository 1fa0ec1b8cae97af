import type { Check } from './check.js';
import { destinationChecks } from './checks/destinations.js';
import { machineryChecks } from './checks/machinery.js';
import { moduleChecks } from './checks/module.js';
import { serviceChecks } from './checks/services.js';
import { settingChecks } from './checks/settings.js';

/** Every check, in the order in which what they find is told. */
export const checks: readonly Check[] = [
  ...moduleChecks,
  ...serviceChecks,
  ...destinationChecks,
  ...settingChecks,
  ...machineryChecks,
];
