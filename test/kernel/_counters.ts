import type { ExecutionContext } from 'ava';
import type { ServiceId, Stats } from 'ipvs';
import { eventually } from './_eventually.js';
import type { Traffic } from './_traffic.js';

const counters = ['connections', 'packetsIn', 'packetsOut', 'bytesIn', 'bytesOut'] as const;
type Counters = Readonly<Record<(typeof counters)[number], bigint>>;

/** The least and the most. */
type Range = readonly [bigint, bigint];

/** What is to be counted, as far as it can be told. */
export type Expected = Partial<Readonly<Record<keyof Counters, bigint | Range>>>;

/** The counters of a service, and of its destinations by their id. */
interface Counted {
  readonly service: Counters;
  readonly destinations: ReadonlyMap<string, Counters>;
}

/** Each destination counts what is expected of it, there are no others, and the service counts what they do together. */
export async function checkCounters(
  t: ExecutionContext,
  traffic: Traffic,
  id: ServiceId,
  expected: Readonly<Record<string, Expected>>,
): Promise<void> {
  const { service, destinations } = await eventually(
    () => readCounters(traffic, id),
    (counted) => fits(counted, expected),
  );
  const shown = [...destinations].map(([name, counted]) => [
    name,
    nameFitting(counted, expected[name] ?? {}),
  ]);
  t.deepEqual(Object.fromEntries(shown), expected);
  t.deepEqual(service, sum([...destinations.values()]));
}

async function readCounters(traffic: Traffic, id: ServiceId): Promise<Counted> {
  const [services, destinations] = await Promise.all([
    traffic.services(),
    traffic.ipvs.listDestinations(id),
  ]);
  const service = services.find((each) => each.id === id);
  return {
    service: service === undefined ? sum([]) : countersOf(service.stats),
    destinations: new Map(destinations.map((each) => [each.id, countersOf(each.stats)])),
  };
}

function fits(
  { service, destinations }: Counted,
  expected: Readonly<Record<string, Expected>>,
): boolean {
  const total = sum([...destinations.values()]);
  return (
    counters.every((name) => service[name] === total[name]) &&
    [...destinations].every(([id, counted]) =>
      counters.every((name) => within(counted[name], expected[id]?.[name])),
    )
  );
}

/** The expectations that are met, and the numbers where they are not: a failure shows just these. */
function nameFitting(counted: Counters, expected: Expected): Expected {
  const named = counters.filter((name) => expected[name] !== undefined);
  return Object.fromEntries(
    named.map((name) => {
      return [name, within(counted[name], expected[name]) ? expected[name] : counted[name]];
    }),
  );
}

function within(number: bigint, expected: bigint | Range | undefined): boolean {
  if (expected === undefined || typeof expected === 'bigint')
    return number === (expected ?? number);
  const [least, most] = expected;
  return least <= number && number <= most;
}

function countersOf({ rates: _, ...rest }: Stats): Counters {
  return rest;
}

function sum(all: readonly Counters[]): Counters {
  const total = { connections: 0n, packetsIn: 0n, packetsOut: 0n, bytesIn: 0n, bytesOut: 0n };
  for (const each of all) for (const name of counters) total[name] += each[name];
  return total;
}
