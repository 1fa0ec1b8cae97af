import test from 'ava';
import { columnsOf } from '#lib/cli/top/columns.js';
import { capacity } from '#lib/cli/top/history.js';
import { rowAt } from '#lib/cli/top/rows.js';
import { rowsThatFit } from '#lib/cli/top/size.js';
import { type Action, type State, update } from '#lib/cli/top/state.js';
import type { ServiceId } from '../../types/service.js';
import { destination, reading, service, services, stateAfter } from './_top.js';

/** What the selected row is. */
function selected({ arrangement, cursor }: State): string | undefined {
  const row = rowAt(arrangement, cursor);
  return row?.destination === undefined ? row?.service.id : row.destination.id;
}

const down: Action = { kind: 'move', by: 1 };
const again = (of = services): Action => ({ kind: 'reading', reading: reading(of) });

test('the selected row is followed from one reading to the next', (t) => {
  const state = stateAfter([down, down, down]);
  t.is(selected(state), 'tcp/10.0.0.2:80');
  const more = [service('tcp/10.0.0.0:80', 0), ...services];
  const later = update(state, again(more));
  t.is(selected(later), 'tcp/10.0.0.2:80');
  t.is(later.cursor, 4);
});

test('where nobody moved, the first row is selected, whichever it is', (t) => {
  const state = update(stateAfter([]), again([service('tcp/10.0.0.0:80', 0), ...services]));
  t.is(selected(state), 'tcp/10.0.0.0:80');
});

test('where the selected row goes, the one in its place is selected', (t) => {
  const state = stateAfter([{ kind: 'last' }, again(services.slice(0, 2))]);
  t.is(state.cursor, 5);
  t.is(selected(state), '10.2.0.1:80');
  t.is(stateAfter([{ kind: 'last' }, again([])]).cursor, 0);
});

test('another order is looked at from its beginning', (t) => {
  const state = stateAfter([{ kind: 'last' }, { kind: 'sort', by: -1 }]);
  t.is(state.cursor, 0);
  t.is(selected(state), 'tcp/10.0.0.2:80');
  t.is(selected(update(state, { kind: 'reverse' })), 'tcp/10.0.0.1:80');
});

test('sorting goes through all columns and begins again', (t) => {
  const { length } = columnsOf.rates;
  let state = stateAfter([]);
  const seen = [];
  for (let index = 0; index <= length; index += 1) {
    state = update(state, { kind: 'sort', by: 1 });
    const { column } = state.sorts.rates;
    seen.push(column === 'service' ? 'SERVICE' : column.title);
  }
  t.deepEqual(seen, [...columnsOf.rates.map(({ title }) => title), 'SERVICE']);
});

test('each mode has an order of its own', (t) => {
  const mode: Action = { kind: 'mode', mode: 'next' };
  const state = stateAfter([{ kind: 'sort', by: 1 }, mode]);
  t.is(state.mode, 'connections');
  t.is(state.sorts.connections.column, 'service');
  const back = [mode, mode].reduce(update, state);
  t.is(back.mode, 'rates');
  t.not(back.sorts.rates.column, 'service');
});

test('folding a destination’s service selects the service', (t) => {
  const state = stateAfter([down, down, { kind: 'toggle' }]);
  t.is(selected(state), 'tcp/10.0.0.1:80');
  t.is(state.arrangement.size, 5);
  const opened = update(state, { kind: 'fold', folded: false });
  t.is(opened.arrangement.size, 7);
  t.is(update(opened, { kind: 'fold', folded: false }).arrangement.size, 7);
});

test('all services are folded, those that come later included, but for exceptions', (t) => {
  const folded = stateAfter([{ kind: 'fold-all' }]);
  t.is(folded.arrangement.size, 3);
  const opened = update(folded, { kind: 'toggle' });
  t.is(opened.arrangement.size, 5);
  const more = [...services, service('udp/10.0.0.9:53', 0, [destination('10.1.0.1:53')])];
  t.is(update(opened, again(more)).arrangement.size, 6);
  t.is(update(opened, { kind: 'unfold-all' }).arrangement.size, 7);
});

test('a filter is typed, kept and cleared', (t) => {
  const typed = stateAfter([
    { kind: 'filter' },
    { kind: 'filter-type', text: 'u' },
    { kind: 'filter-type', text: 'd' },
    { kind: 'filter-type', text: 'x' },
    { kind: 'filter-erase' },
  ]);
  t.like(typed, { filter: 'ud', isTyping: true });
  t.is(typed.arrangement.size, 1);
  t.like(update(typed, { kind: 'filter-done' }), { filter: 'ud', isTyping: false });
  const cleared = update(typed, { kind: 'filter-clear' });
  t.like(cleared, { filter: '', isTyping: false });
  t.is(cleared.arrangement.size, 7);
});

test('the selected row is always seen', (t) => {
  const many = [
    service(
      'tcp/10.0.0.1:80',
      1,
      Array.from({ length: 100 }, (_, index) => destination(`10.1.0.${index}:80`)),
    ),
  ];
  const moves: Action[] = [
    { kind: 'last' },
    { kind: 'page', by: -1 },
    { kind: 'move', by: -3 },
    { kind: 'resize', size: { columns: 40, rows: 3 } },
    { kind: 'page', by: 1 },
    { kind: 'resize', size: { columns: 200, rows: 50 } },
    { kind: 'first' },
    { kind: 'page', by: 1 },
    { kind: 'fold-all' },
  ];
  let state = stateAfter([], { of: many });
  for (const move of moves) {
    state = update(state, move);
    const last = state.scroll + rowsThatFit(state.size) - 1;
    t.true(state.cursor >= state.scroll && state.cursor <= last, move.kind);
    t.true(state.scroll >= 0 && state.cursor < Math.max(1, state.arrangement.size), move.kind);
  }
  const end = stateAfter([{ kind: 'last' }], { of: many });
  t.is(end.scroll + rowsThatFit(end.size), 101, 'no room is left empty below the last row');
});

test('a failure is known from its first time until a reading succeeds', (t) => {
  const failed = stateAfter([
    { kind: 'failure', message: 'gone', at: 1 },
    { kind: 'failure', message: 'still gone', at: 2 },
  ]);
  t.deepEqual(failed.failure, { message: 'still gone', since: 1 });
  t.is(failed.arrangement.size, 7, 'what was read last stays');
  t.is(update(failed, again()).failure, undefined);
});

test('what cannot wait for the interval is a wish', (t) => {
  const state = stateAfter([]);
  const wishes = (action: Action) => update(state, action).wishes - state.wishes;
  t.is(wishes({ kind: 'pause' }), 1);
  t.is(wishes({ kind: 'refresh' }), 1);
  t.is(wishes({ kind: 'interval', longer: false }), 1);
  t.is(wishes(down), 0);
});

test('the interval goes from step to step, from 0.5 to 60 seconds', (t) => {
  const through = (longer: boolean) => {
    const seen = [];
    let state = stateAfter([]);
    for (let index = 0; index < 6; index += 1) {
      state = update(state, { kind: 'interval', longer });
      seen.push(state.interval);
    }
    return seen;
  };
  t.deepEqual(through(true), [5000, 10_000, 30_000, 60_000, 60_000, 60_000]);
  t.deepEqual(through(false), [1000, 500, 500, 500, 500, 500]);
});

test('the history has the newest values of what is there', (t) => {
  const id = 'tcp/10.0.0.1:80' as ServiceId;
  let state = stateAfter([]);
  for (let value = 0; value < capacity + 5; value += 1) {
    const own = service(id, value, [destination('10.1.0.1:80', 2 * value)]);
    state = update(state, again(value === 3 ? [] : [own]));
  }
  const { services: series, totals } = state.history;
  const newest = capacity + 4;
  t.deepEqual([...series.keys()], [id]);
  t.is(series.get(id)?.rates.length, capacity);
  t.is(series.get(id)?.rates.at(-1), newest);
  t.is(series.get(id)?.rates[0], 5, 'what it had before it was gone is forgotten');
  t.is(series.get(id)?.connections.at(-1), 2 * newest);
  t.is(series.get(id)?.bytes.at(-1), 2 * newest);
  t.is(totals.active.at(-1), 2 * newest);
  t.is(totals.connections.at(-1), 3, 'the totals are the kernel’s');
});
