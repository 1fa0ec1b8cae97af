import { describeWholeNumber, parseWholeNumber } from './whole-number.js';

/** What a sysctl's values look like. */
export interface SysctlForm {
  /** The least and the most, where every value is a whole number. */
  readonly range?: readonly [lowest: number, highest: number];
  /** The words of an error message for what is none. */
  readonly expected: string;
  /** The text that the kernel is given for a value; `undefined` for what is none. */
  write(value: unknown): string | undefined;
  /** The value that a text of the kernel's stands for. */
  read(text: string): number | string;
}

/** The most that fits the kernel's `int`. */
export const largestInt = 0x7fffffff;

/** Words with a single blank between them. */
function readText(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

/** A number where it is one that can be held exactly; other programs may have set one that no form allows. */
function readNumber(text: string): number | string {
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : readText(text);
}

export function wholeNumber(lowest: number, highest: number): SysctlForm {
  return {
    range: [lowest, highest],
    expected: describeWholeNumber(lowest, highest),
    write: (value) => parseWholeNumber(value, lowest, highest)?.toString(),
    read: readNumber,
  };
}

export const onOrOff: SysctlForm = { ...wholeNumber(0, 1), expected: '0 or 1' };

export function powerOfTwo(highest: number): SysctlForm {
  return {
    range: [1, highest],
    expected: `a power of two from 1 to ${highest}`,
    write: (value) => {
      const number = parseWholeNumber(value, 1, highest);
      return number !== undefined && Number.isInteger(Math.log2(number)) ? `${number}` : undefined;
    },
    read: readNumber,
  };
}

const largestLong = 0xffff_ffff_ffff_ffffn;

/** The kernel's `unsigned long`. */
export const unsignedLong: SysctlForm = {
  expected: `${describeWholeNumber(0, Number.MAX_SAFE_INTEGER)}, or the decimal text of one up to ${largestLong}`,
  write: (value) => {
    if (typeof value !== 'string') {
      return parseWholeNumber(value, 0, Number.MAX_SAFE_INTEGER)?.toString();
    }
    return /^(?:0|[1-9]\d{0,19})$/.test(value) && BigInt(value) <= largestLong ? value : undefined;
  },
  read: readNumber,
};

/** Two numbers, the first below the second unless that is 0. */
export const threshold: SysctlForm = {
  expected: `two whole numbers from 0 to ${largestInt} such as "3 50" or [3, 50], the first below the second unless that is 0`,
  write: (value) => {
    const [first, again] = pairOf(value).map((each) => parseWholeNumber(each, 0, largestInt));
    if (first === undefined || again === undefined) return undefined;
    return first < again || again === 0 ? `${first} ${again}` : undefined;
  },
  read: readText,
};

function pairOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.length === 2 ? value : [];
  const words = typeof value === 'string' ? /^\s*(\d{1,10})\s+(\d{1,10})\s*$/.exec(value) : null;
  return words === null ? [] : words.slice(1).map(Number);
}

/** One CPU or a range of them, and of each group of a range perhaps only the first few. */
const cpuRange = /^(?:all|(?:(N|\d{1,9})(?:-(N|\d{1,9}))?))(?::(\d{1,9})\/(\d{1,9}))?$/;
const longestCpuList = 4096;

/** A list of CPUs as the kernel writes them; empty for none. */
export const cpuList: SysctlForm = {
  expected: 'a list of CPUs such as "0-3,8", "0-N", "all" or "0-N:1/2", or empty text for none',
  write: (value) => {
    if (typeof value !== 'string' || value.length > longestCpuList) return undefined;
    return value === '' || value.split(',').every(isCpuRange) ? value : undefined;
  },
  read: readText,
};

function isCpuRange(text: string): boolean {
  const match = cpuRange.exec(text);
  if (match === null) return false;
  const [, first, last, used, group] = match;
  // `N` is the last CPU, whichever that is.
  const inOrder = last === undefined || last === 'N' || Number(first) <= Number(last);
  const grouped = group === undefined || (Number(group) > 0 && Number(used) <= Number(group));
  return inOrder && grouped;
}
