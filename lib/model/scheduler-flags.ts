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
export function schedulerFlagsFromBits(bits: number, scheduler: Scheduler): readonly SchedulerFlag[] {
  const names = namesInForce[scheduler === 'sh' || scheduler === 'mh' ? scheduler : 'other'];
  return names[(bits & everySchedulerFlag) >> 3] as readonly SchedulerFlag[];
}

/** Checks the field `schedulerFlags` of what stands at `path`, as far as that can be without knowing the scheduler. */
export function checkSchedulerFlags(
  value: unknown,
  report: Report,
  path: string,
): readonly SchedulerFlag[] | undefined {
  const at = `${path}/schedulerFlags`;
  if (!Array.isArray(value)) return report.error('E_SCHEDULER_FLAGS', at, value, 'an array of flags');
  if (value.length > bitByName.size) {
    return report.error('E_SCHEDULER_FLAGS', at, value, `at most the ${bitByName.size} flags there are`);
  }
  const flags: SchedulerFlag[] = [];
  for (let index = 0; index < value.length; index += 1) {
    const flag: unknown = value[index];
    if (isSchedulerFlag(flag)) flags.push(flag);
    else report.error('E_SCHEDULER_FLAGS', `${at}/${index}`, flag, flagExpected);
  }
  return flags.length === value.length ? flags : undefined;
}

/**
 * Checks that every flag means something under the scheduler, `mh-port` under `rr` does not, and answers their bits;
 * warns of bits that the scheduler is not known to look at.
 */
export function checkFlagsFit(
  flags: readonly SchedulerFlag[],
  scheduler: Scheduler,
  report: Report,
  path: string,
): number {
  for (const [index, flag] of flags.entries()) {
    const owner = flag.slice(0, flag.indexOf('-'));
    if (owner === 'flag' || owner === scheduler) continue;
    const expected = `a flag of ${scheduler}, or flag-1, flag-2 or flag-3`;
    report.error('E_SCHEDULER_FLAGS', `${path}/schedulerFlags/${index}`, flag, expected);
  }
  const bits = schedulerFlagsToBits(flags);
  if ((bits & ~usedBits(scheduler)) !== 0) {
    report.warn('W_FLAGS_UNUSED', `${path}/schedulerFlags`, flags, `${scheduler} is not known to use all of these`);
  }
  return bits;
}

function isSchedulerFlag(value: unknown): value is SchedulerFlag {
  return bitByName.has(value);
}

function usedBits(scheduler: Scheduler): number {
  return scheduler === 'sh' || scheduler === 'mh' ? 0x18 : 0;
}

/** The eight sets of three flags, at the index their bits make when 0x08 counts 1. */
function tabulate(names: readonly [SchedulerFlag, SchedulerFlag, SchedulerFlag]) {
  return Array.from({ length: 8 }, (_, set) =>
    Object.freeze(names.filter((_name, index) => (set >> index) & 1).sort()),
  );
}
