import type { ServiceId } from '../../../types/service.js';
import { columnsOf, type Mode, modes } from './columns.js';
import { allFolded, type Folds, fold, isFolded, noneFolded } from './folds.js';
import { extendHistory, type History, noHistory } from './history.js';
import { longerInterval, shorterInterval } from './interval.js';
import type { Reading } from './reading.js';
import {
  type Arrangement,
  arrange,
  indexOf,
  keyOf,
  noRows,
  type RowKey,
  rowAt,
  type Sort,
} from './rows.js';
import { rowsThatFit, type Size } from './size.js';

/** A reading that came to nothing. */
export interface Failure {
  readonly message: string;
  /** When the first of them in a row came, in milliseconds since 1970. */
  readonly since: number;
}

/** Everything that the screen shows. */
export interface State {
  readonly size: Size;
  readonly mode: Mode;
  readonly sorts: Readonly<Record<Mode, Sort>>;
  readonly filter: string;
  readonly isTyping: boolean;
  readonly isPaused: boolean;
  readonly isHelpShown: boolean;
  readonly isOver: boolean;
  /** Milliseconds. */
  readonly interval: number;
  /** Goes up when a reading is wanted before the interval is over. */
  readonly wishes: number;
  readonly folds: Folds;
  readonly reading: Reading | undefined;
  readonly history: History;
  readonly failure: Failure | undefined;
  readonly arrangement: Arrangement;
  /** The row that the keys are about; absent for the first one, whichever it is. */
  readonly selected: RowKey | undefined;
  /** Where that row is. */
  readonly cursor: number;
  /** The first row that is seen. */
  readonly scroll: number;
}

/** What can happen. */
export type Action =
  | { readonly kind: 'reading'; readonly reading: Reading }
  | { readonly kind: 'failure'; readonly message: string; readonly at: number }
  | { readonly kind: 'resize'; readonly size: Size }
  | { readonly kind: 'mode'; readonly mode: Mode | 'next' }
  | { readonly kind: 'sort'; readonly by: 1 | -1 }
  | { readonly kind: 'reverse' | 'toggle' | 'fold-all' | 'unfold-all' }
  | { readonly kind: 'fold'; readonly folded: boolean }
  | { readonly kind: 'move' | 'page'; readonly by: number }
  | { readonly kind: 'first' | 'last' }
  | { readonly kind: 'filter' | 'filter-done' | 'filter-clear' | 'filter-erase' | 'filter-empty' }
  | { readonly kind: 'filter-type'; readonly text: string }
  | { readonly kind: 'interval'; readonly longer: boolean }
  | { readonly kind: 'pause' | 'refresh' | 'help' | 'quit' };

const canonical: Sort = { column: 'service', isReversed: false };

export function initialState({ size, interval }: Pick<State, 'size' | 'interval'>): State {
  return {
    size,
    interval,
    mode: 'rates',
    sorts: { rates: canonical, connections: canonical, bytes: canonical },
    filter: '',
    isTyping: false,
    isPaused: false,
    isHelpShown: false,
    isOver: false,
    wishes: 0,
    folds: noneFolded,
    reading: undefined,
    history: noHistory,
    failure: undefined,
    arrangement: noRows,
    selected: undefined,
    cursor: 0,
    scroll: 0,
  };
}

/** The state after something has happened. */
export function update(state: State, action: Action): State {
  switch (action.kind) {
    case 'reading':
      return rearranged({
        ...state,
        reading: action.reading,
        history: extendHistory(state.history, action.reading),
        failure: undefined,
      });
    case 'failure': {
      const since = state.failure?.since ?? action.at;
      return { ...state, failure: { message: action.message, since } };
    }
    case 'resize':
      return scrolled({ ...state, size: action.size });
    case 'mode': {
      const next = modes[(modes.indexOf(state.mode) + 1) % modes.length] as Mode;
      return rearranged({ ...state, mode: action.mode === 'next' ? next : action.mode });
    }
    case 'sort':
      return sorted(state, { column: neighbour(state, action.by), isReversed: false });
    case 'reverse': {
      const { column, isReversed } = state.sorts[state.mode];
      return sorted(state, { column, isReversed: !isReversed });
    }
    case 'toggle':
    case 'fold':
      return foldedAtCursor(state, action.kind === 'fold' ? action.folded : undefined);
    case 'fold-all':
      return rearranged({ ...state, folds: allFolded });
    case 'unfold-all':
      return rearranged({ ...state, folds: noneFolded });
    case 'move':
      return movedTo(state, state.cursor + action.by);
    case 'page':
      return movedTo(state, state.cursor + action.by * Math.max(1, rowsThatFit(state.size) - 1));
    case 'first':
      return movedTo(state, 0);
    case 'last':
      return movedTo(state, state.arrangement.size - 1);
    case 'filter':
      return { ...state, isTyping: true };
    case 'filter-done':
      return { ...state, isTyping: false };
    case 'filter-clear':
      return filtered({ ...state, isTyping: false }, '');
    case 'filter-empty':
      return filtered(state, '');
    case 'filter-erase':
      return filtered(state, state.filter.slice(0, -1));
    case 'filter-type':
      return filtered(state, state.filter + action.text);
    case 'interval': {
      const change = action.longer ? longerInterval : shorterInterval;
      return { ...state, interval: change(state.interval), wishes: state.wishes + 1 };
    }
    case 'pause':
      return { ...state, isPaused: !state.isPaused, wishes: state.wishes + 1 };
    case 'refresh':
      return { ...state, wishes: state.wishes + 1 };
    case 'help':
      return { ...state, isHelpShown: !state.isHelpShown };
    case 'quit':
      return { ...state, isOver: true };
  }
}

/** Puts the rows in order again, and finds the selected one among them. */
function rearranged(state: State): State {
  const arrangement = arrange(state.reading?.services ?? [], {
    filter: state.filter,
    sort: state.sorts[state.mode],
    isFolded: (service) => isFolded(state.folds, service),
  });
  const found = state.selected === undefined ? 0 : indexOf(arrangement, state.selected);
  return found === undefined
    ? movedTo({ ...state, arrangement }, state.cursor)
    : scrolled({ ...state, arrangement, cursor: found });
}

/** Another order is looked at from its beginning. */
function sorted(state: State, sort: Sort): State {
  const sorts = { ...state.sorts, [state.mode]: sort };
  return rearranged({ ...state, sorts, selected: undefined, scroll: 0 });
}

function filtered(state: State, filter: string): State {
  return rearranged({ ...state, filter });
}

function movedTo(state: State, index: number): State {
  const cursor = Math.max(0, Math.min(index, state.arrangement.size - 1));
  const row = cursor === 0 ? undefined : rowAt(state.arrangement, cursor);
  return scrolled({ ...state, cursor, selected: row === undefined ? undefined : keyOf(row) });
}

/** Scrolls no further than it takes to see the selected row. */
function scrolled(state: State): State {
  const fit = rowsThatFit(state.size);
  const most = Math.max(0, state.arrangement.size - fit);
  const wanted = Math.max(Math.min(state.scroll, state.cursor), state.cursor - fit + 1);
  return { ...state, scroll: Math.max(0, Math.min(wanted, most)) };
}

/** Folds the service of the selected row, or unfolds it, whose row is selected then. */
function foldedAtCursor(state: State, folded: boolean | undefined): State {
  const row = rowAt(state.arrangement, state.cursor);
  if (row === undefined) return state;
  const service: ServiceId = row.service.id;
  const folds = fold(state.folds, service, folded ?? !row.isFolded);
  const selected = state.selected === undefined ? undefined : { service };
  return rearranged({ ...state, folds, selected });
}

/** The column beside the one that the rows are ordered by; at the end it begins again. */
function neighbour({ mode, sorts }: State, by: 1 | -1): Sort['column'] {
  const columns: readonly Sort['column'][] = ['service', ...columnsOf[mode]];
  const place = columns.indexOf(sorts[mode].column);
  return columns.at((place + by) % columns.length) as Sort['column'];
}
