import { type Command, Option } from 'commander';
import type { Connection, ConnectionFilter } from '../../../types/connection.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { makePaint } from '../colour.js';
import { ConnectionLines, JsonLines, showEndpoint, showVirtual } from '../connection-lines.js';
import type { Context } from '../context.js';
import { printJson } from '../json.js';
import { formatTable } from '../table.js';
import { bar } from '../units.js';
import {
  addExamples,
  addJsonOption,
  addKernelOptions,
  type KernelOptions,
  type OutputOptions,
  wholeNumber,
  withIpvs,
} from '../verb.js';

type CountedBy = 'destination' | 'state' | 'client' | 'service';

interface ConnectionsOptions extends KernelOptions, OutputOptions, ConnectionFilter {
  readonly countBy?: CountedBy;
  readonly limit?: number;
}

/** What can stand for connections that are counted together. */
const keys: Readonly<Record<CountedBy, (connection: Connection) => string>> = {
  destination: ({ destination }) => showEndpoint(destination),
  state: ({ protocol, state }) => `${protocol} ${state}`,
  client: ({ client }) => client.address,
  service: ({ protocol, virtual }) => `${protocol}/${showVirtual(virtual)}`,
};

export function configure(command: Command, context: Context): void {
  command
    .option('--protocol <name>', 'only those of tcp, udp, sctp or protocol-N')
    .option('--service <service>', 'only those that came to a service, such as tcp/10.0.0.1:80')
    .option('--client <network>', 'only those of a client or a network, such as 192.0.2.0/24')
    .option('--destination <destination>', 'only those to a destination, with or without a port')
    .option('--state <state>', 'only those in a state, such as established')
    .addOption(
      new Option('--templates <which>', 'persistence templates').choices(['only', 'exclude']),
    )
    .option('--synced', 'say which were learnt from another director')
    .option('--unique', 'leave out what the kernel lists twice while it changes')
    .addOption(new Option('--count-by <what>', 'count instead').choices(Object.keys(keys)))
    .option('--limit <n>', 'show no more than this many', wholeNumber(1, Number.MAX_SAFE_INTEGER));
  addJsonOption(addKernelOptions(command));
  addExamples(
    command,
    ['ipvs connections --state established', 'open TCP connections'],
    ['ipvs connections --count-by destination', 'how many each destination has'],
    ['ipvs connections --client 192.0.2.0/24 --json', 'those of a network, for a program'],
  );
  command.action(async (options: ConnectionsOptions) => {
    await withIpvs(context, options, async (ipvs) => {
      if (options.countBy === undefined) await show(context, ipvs, options);
      else await showCounts(context, ipvs, options, options.countBy);
    });
  });
}

function filterOf(options: ConnectionsOptions): ConnectionFilter {
  const { protocol, service, client, destination, state, templates, synced, unique } = options;
  const filter = { protocol, service, client, destination, state, templates, synced, unique };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/** Shows connections while they are read, however many there are. */
async function show(context: Context, ipvs: Ipvs, options: ConnectionsOptions): Promise<void> {
  const paint = makePaint(context, context.stdout);
  const lines = options.json
    ? new JsonLines(context.stdout)
    : new ConnectionLines(context.stdout, paint, options);
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for await (const connection of ipvs.connections(filterOf(options))) {
    if (left === 0) break;
    left -= 1;
    lines.print(connection);
  }
  lines.end();
}

interface Count {
  readonly key: string;
  readonly connections: number;
}

async function showCounts(
  context: Context,
  ipvs: Ipvs,
  options: ConnectionsOptions,
  countBy: CountedBy,
): Promise<void> {
  const counted = new Map<string, number>();
  let all = 0;
  const keyOf = keys[countBy];
  for await (const connection of ipvs.connections(filterOf(options))) {
    const key = keyOf(connection);
    counted.set(key, (counted.get(key) ?? 0) + 1);
    all += 1;
  }
  const counts = [...counted]
    .map(([key, connections]): Count => ({ key, connections }))
    .sort((a, b) => b.connections - a.connections || (a.key < b.key ? -1 : 1))
    .slice(0, options.limit);
  if (options.json) {
    printJson(context, { countedBy: countBy, connections: all, counts });
    return;
  }
  const paint = makePaint(context, context.stdout);
  const columns = [
    { title: countBy.toUpperCase(), value: ({ key }: Count) => key },
    {
      title: 'CONNECTIONS',
      align: 'right' as const,
      value: ({ connections }: Count) => String(connections),
    },
    {
      title: 'SHARE',
      value: ({ connections }: Count) => paint('cyan', bar(connections / all, 20)),
    },
  ];
  const text = all === 0 ? 'No connections.\n' : await formatTable(columns, counts, paint);
  context.stdout.write(text);
}
