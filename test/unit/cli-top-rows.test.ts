import test from 'ava';
import { columnsOf } from '#lib/cli/top/columns.js';
import { arrange, indexOf, keyOf, type Row, rowAt, rowsFrom } from '#lib/cli/top/rows.js';
import type { DestinationId } from '../../types/destination.js';
import type { ServiceId } from '../../types/service.js';
import { destination, service, services } from './_top.js';

const canonical = { column: 'service', isReversed: false } as const;
const all = { filter: '', sort: canonical, isFolded: () => false } as const;
const [weight, , rate] = columnsOf.rates;
const byRate = { column: rate as NonNullable<typeof rate>, isReversed: false };

const names = (rows: readonly Row[]) =>
  rows.map(({ service: { id }, destination: own }) =>
    own === undefined ? String(id) : ` ${own.id}`,
  );

const shown = (options: Partial<Parameters<typeof arrange>[1]>) => {
  const arrangement = arrange(services, { ...all, ...options });
  return names(rowsFrom(arrangement, 0, arrangement.size));
};

test('services come in canonical order, each before its destinations', (t) => {
  t.deepEqual(shown({}), [
    'tcp/10.0.0.1:80',
    ' 10.1.0.1:80',
    ' 10.1.0.2:80',
    'tcp/10.0.0.2:80',
    ' 10.1.0.1:80',
    ' 10.2.0.1:80',
    'udp/10.0.0.3:53',
  ]);
});

test('a column orders services, and the destinations of each', (t) => {
  t.deepEqual(shown({ sort: byRate }), [
    'tcp/10.0.0.2:80',
    ' 10.1.0.1:80',
    ' 10.2.0.1:80',
    'udp/10.0.0.3:53',
    'tcp/10.0.0.1:80',
    ' 10.1.0.2:80',
    ' 10.1.0.1:80',
  ]);
  t.deepEqual(shown({ sort: { ...byRate, isReversed: true } }), [
    'tcp/10.0.0.1:80',
    ' 10.1.0.1:80',
    ' 10.1.0.2:80',
    'udp/10.0.0.3:53',
    'tcp/10.0.0.2:80',
    ' 10.2.0.1:80',
    ' 10.1.0.1:80',
  ]);
});

test('what is equal stays in canonical order', (t) => {
  const sort = { column: weight as NonNullable<typeof weight>, isReversed: false };
  t.deepEqual(shown({ sort, isFolded: () => true }), [
    'tcp/10.0.0.1:80',
    'tcp/10.0.0.2:80',
    'udp/10.0.0.3:53',
  ]);
});

test('a filter leaves services that match, and destinations that do', (t) => {
  t.deepEqual(shown({ filter: '10.2.' }), ['tcp/10.0.0.2:80', ' 10.2.0.1:80']);
  t.deepEqual(shown({ filter: ' UDP' }), ['udp/10.0.0.3:53']);
  t.is(shown({ filter: 'wlc' }).length, 7);
  t.is(shown({ filter: 'masq' }).length, 6);
  t.deepEqual(shown({ filter: 'nothing' }), []);
});

test('a folded service is one row', (t) => {
  const isFolded = (id: ServiceId) => id === ('tcp/10.0.0.1:80' as ServiceId);
  t.deepEqual(shown({ isFolded }).slice(0, 2), ['tcp/10.0.0.1:80', 'tcp/10.0.0.2:80']);
  t.deepEqual(shown({ isFolded, filter: '10.2.' }), ['tcp/10.0.0.2:80', ' 10.2.0.1:80']);
});

test('any part of the rows is that part of all rows', (t) => {
  const arrangement = arrange(services, all);
  const whole = names(rowsFrom(arrangement, 0, 100));
  for (let from = 0; from <= whole.length + 1; from += 1) {
    for (let count = 0; count <= whole.length + 1; count += 1) {
      t.deepEqual(names(rowsFrom(arrangement, from, count)), whole.slice(from, from + count));
    }
  }
});

test('a row is found again by its key', (t) => {
  const arrangement = arrange(services, { ...all, sort: byRate });
  for (let index = 0; index < arrangement.size; index += 1) {
    const row = rowAt(arrangement, index);
    t.is(row && indexOf(arrangement, keyOf(row)), index);
  }
  const gone = { service: 'tcp/10.0.0.9:80' as ServiceId };
  t.is(indexOf(arrangement, gone), undefined);
  const lost = {
    service: 'tcp/10.0.0.1:80' as ServiceId,
    destination: '10.9.9.9:80' as DestinationId,
  };
  t.is(indexOf(arrangement, lost), 4, 'its service has a row');
});

test('of a large table, only what is seen is read', (t) => {
  let read = 0;
  const counting = Array.from({ length: 10_000 }, (_, index) =>
    Object.defineProperty({ ...destination('', index) }, 'id', {
      get() {
        read += 1;
        return `10.1.${index >> 8}.${index & 255}:80`;
      },
    }),
  );
  const arrangement = arrange([service('tcp/10.0.0.1:80', 1, counting)], { ...all, sort: byRate });
  const rows = rowsFrom(arrangement, 5000, 20);
  t.is(arrangement.size, 10_001);
  t.is(rows.length, 20);
  t.is(read, 0);
  t.is(rows[0]?.destination?.stats.rates.connections, 5000);
});
