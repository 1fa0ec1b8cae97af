import type { Scheduler, SchedulerFlag } from '../../types/service.js';
import type { Report } from './report.js';

/** The kernel's bits of the flags; one bit has several names. */
export const schedulerFlagBits = {
  'flag-1': 0x08,
  'flag-2': 0x10,
  'flag-3': 0x20,
  'sh-fallback': 0x08,
  'sh-port': 0x10,
  'mh-fallback': 0x08,
  'mh-port': 0x10,
} as const satisfies Record<SchedulerFlag, number>;

/** The schedulers whose flags the names are; those without one go with any. */
const flagOwners: { readonly [Flag in SchedulerFlag]?: Scheduler } = {
  'sh-fallback': 'sh',
  'sh-port': 'sh',
  'mh-fallback': 'mh',
  'mh-port': 'mh',
};

/** The three bits together. */
export const everySchedulerFlag = 0x38;

const bitByName: ReadonlyMap<unknown, number> = new Map(Object.entries(schedulerFlagBits));

const flagExpected = `one of ${Object.keys(schedulerFlagBits).join(', ')}`;

const namesInForce = {
  sh: tabulate(['sh-fallback', 'sh-port', 'flag-3']),
  mh: tabulate(['mh-fallback', 'mh-port', 'flag-3']),
  other: tabulate(['flag-1', 'flag-2', 'flag-3']),
};

/** The bits of flags, whichever names they come by. */
export function schedulerFlagsToBits(flags: readonly SchedulerFlag[]): number {
  let bits = 0;
  for (const flag of flags) bits |= schedulerFlagBits[flag];
  return bits;
}

/**
 * The flags of the bits by the names of the scheduler in force, sorted; other bits are left out. The array is shared
 * and frozen.
 */
export function schedulerFlagsFromBits(
  bits: number,
  scheduler: Scheduler,
): readonly SchedulerFlag[] {
  const names = namesInForce[scheduler === 'sh' || scheduler === 'mh' ? scheduler : 'other'];
  return names[(bits & everySchedulerFlag) >> 3] as readonly SchedulerFlag[];
}

/** Checks the field `schedulerFlags` of what stands at `path`, as far as that can be without knowing the scheduler. */
export function checkSchedulerFlags(
  value: unknown,
  report: Report,
  path: string,
): readonly SchedulerFlag[] | undefined {
  if (!Array.isArray(value) || value.length > bitByName.size) {
    const expected = `an array of at most ${bitByName.size} flags`;
    return report.error('E_SCHEDULER_FLAGS', `${path}/schedulerFlags`, value, expected);
  }
  const flags: SchedulerFlag[] = [];
  for (let index = 0; index < value.length; index += 1) {
    const flag: unknown = value[index];
    if (isSchedulerFlag(flag)) flags.push(flag);
    else report.error('E_SCHEDULER_FLAGS', `${path}/schedulerFlags/${index}`, flag, flagExpected);
  }
  return flags.length === value.length ? flags : undefined;
}

/**
 * Checks that every flag means something under the scheduler, as `mh-port` under `rr` does not; warns of those that go with
 * any scheduler where it is not known to look at them.
 */
export function checkFlagsFit(
  flags: readonly SchedulerFlag[],
  scheduler: Scheduler,
  report: Report,
  path: string,
): void {
  for (let index = 0; index < flags.length; index += 1) {
    const flag = flags[index] as SchedulerFlag;
    if (flagOwners[flag] === undefined || flagOwners[flag] === scheduler) continue;
    const expected = `a flag of ${scheduler}, or flag-1, flag-2 or flag-3`;
    report.error('E_SCHEDULER_FLAGS', `${path}/schedulerFlags/${index}`, flag, expected);
  }
  const general = flags.filter((flag) => flagOwners[flag] === undefined);
  if ((schedulerFlagsToBits(general) & ~usedBits(scheduler)) !== 0) {
    const message = `${scheduler} is not known to use all of these`;
    report.warn('W_FLAGS_UNUSED', `${path}/schedulerFlags`, flags, message);
  }
}

function isSchedulerFlag(value: unknown): value is SchedulerFlag {
  return bitByName.has(value);
}

/** No scheduler in the kernel uses 0x20, and none but these two any. */
function usedBits(scheduler: Scheduler): number {
  return scheduler === 'sh' || scheduler === 'mh' ? 0x18 : 0;
}

/** The eight sets of three flags, at the index their bits make when 0x08 counts 1. */
function tabulate(names: readonly [SchedulerFlag, SchedulerFlag, SchedulerFlag]) {
  return Array.from({ length: 8 }, (_, set) =>
    Object.freeze(names.filter((_name, index) => (set >> index) & 1).sort()),
  );
}
