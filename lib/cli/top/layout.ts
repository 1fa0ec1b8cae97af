import { columnsOf, type Mode, type NumberColumn } from './columns.js';

/** Spaces in front of each column. */
export const gap = 2;

const narrowestName = 24;
const widestName = 44;
const methodWidth = 10;
const narrowestHistory = 10;
const widestHistory = 30;
const narrowestNumber = 5;

/** The columns that a terminal has room for, and how wide they are. */
export interface Layout {
  readonly name: number;
  /** Absent where there is no room. */
  readonly method: number | undefined;
  readonly numbers: readonly NumberColumn[];
  /** Absent where there is no room. */
  readonly history: number | undefined;
}

/** How wide a column of numbers is, without the spaces in front. */
export function widthOf({ title }: NumberColumn): number {
  return Math.max(title.length, narrowestNumber);
}

/** Gives the width of a terminal to the columns, to the most important ones first. */
export function layOut(mode: Mode, width: number): Layout {
  const all = columnsOf[mode];
  const important = all.filter(({ isLessImportant }) => !isLessImportant);
  // The last column is left free: some terminals wrap as soon as it is written to.
  let left = width - 1 - narrowestName - sum(important);
  const take = (wanted: number) => {
    if (left < wanted + gap) return false;
    left -= wanted + gap;
    return true;
  };
  const hasHistory = take(narrowestHistory);
  const hasMethod = take(methodWidth);
  const others = all.filter(({ isLessImportant }) => isLessImportant);
  const hasOthers = take(sum(others) - gap);
  const wider = hasHistory ? share(left, widestHistory - narrowestHistory) : 0;
  left -= wider;
  return {
    name: narrowestName + share(left, widestName - narrowestName),
    method: hasMethod ? methodWidth : undefined,
    numbers: hasOthers ? all : important,
    history: hasHistory ? narrowestHistory + wider : undefined,
  };
}

function sum(columns: readonly NumberColumn[]): number {
  return columns.reduce((width, column) => width + gap + widthOf(column), 0);
}

/** As much as there is, to a limit. */
function share(left: number, most: number): number {
  return Math.max(0, Math.min(left, most));
}
