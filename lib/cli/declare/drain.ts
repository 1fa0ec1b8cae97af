import type { DrainResult } from '../../../types/apply.js';
import type { ObservedDestination } from '../../../types/destination.js';
import type { DrainPolicy } from '../../../types/document.js';
import { drain } from '../../declarative/apply/drain.js';
import { listDestinations } from '../../declarative/apply/list-destinations.js';
import { completeDrainPolicy } from '../../declarative/document/drain-policy.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { formatDestinationId, resolveDestinationRef } from '../../model/destination-id.js';
import { formatServiceId, parseServiceId } from '../../model/service-id.js';
import type { Context } from '../context.js';
import { printJson } from '../json.js';
import { LiveLine } from '../live-line.js';
import { type DrainVerbOptions, drainPolicy } from '../plan-options.js';
import { type KernelOptions, type OutputOptions, withIpvs } from '../verb.js';
import { DrainCounts, describeCounts, describeOutcome, nameDrain } from './drain-counts.js';

/** What `drain` can be told. */
export interface DrainCommandOptions extends KernelOptions, OutputOptions, DrainVerbOptions {
  readonly wait: boolean;
}

/** Takes a destination away without cutting its connections, and shows how they go. */
export async function runDrain(
  context: Context,
  serviceText: string,
  destinationText: string,
  options: DrainCommandOptions,
): Promise<void> {
  const key = parseServiceId(serviceText);
  const service = formatServiceId(key);
  const destination = formatDestinationId(resolveDestinationRef(destinationText, key));
  const policy = drainPolicy(options);
  const { signal } = context;
  const { json, wait } = options;
  const line = new LiveLine(json === true ? context.stderr : context.stdout);
  const display = new DrainDisplay(line, policy, json === true);
  const result = await withIpvs(context, options, async (ipvs) => {
    display.take(await findDestination(ipvs, service, destination));
    try {
      return await drain(ipvs, service, destination, {
        ...(policy === undefined ? {} : { policy }),
        wait,
        signal,
        onDrain: (each) => display.take(each),
      });
    } finally {
      line.end();
    }
  });
  if (json === true) printJson(context, result);
  else context.stdout.write(`${nameDrain(result)}: ${describeEnd(result)}\n`);
  if (result.outcome !== 'pending') return;
  signal.throwIfAborted();
  context.exitCode = 3;
}

/** A destination before it drains. What is not there cannot be drained. */
async function findDestination(
  ipvs: Ipvs,
  service: DrainResult['service'],
  destination: NonNullable<DrainResult['destination']>,
): Promise<DrainResult> {
  const listed = await listDestinations(ipvs, service);
  if (listed === undefined) throw new Error(`there is no service ${service}`);
  const found: ObservedDestination | undefined = listed.find(({ id }) => id === destination);
  if (found === undefined) throw new Error(`${service} has no destination ${destination}`);
  const { activeConnections, inactiveConnections } = found;
  return { service, destination, outcome: 'pending', activeConnections, inactiveConnections };
}

function describeEnd(result: DrainResult): string {
  if (result.outcome !== 'pending') return describeOutcome(result);
  return `${describeCounts(result)} left; it takes no new ones, and stays with weight 0`;
}

/** One line on a terminal that is drawn again, or a line for each change. */
class DrainDisplay {
  readonly #line: LiveLine;
  readonly #counts = new DrainCounts();
  readonly #isQuiet: boolean;
  readonly #endsAt: number;

  constructor(line: LiveLine, policy: DrainPolicy | undefined, isQuiet: boolean) {
    this.#line = line;
    this.#isQuiet = isQuiet;
    this.#endsAt = performance.now() + completeDrainPolicy(policy).deadline;
  }

  take(result: DrainResult): void {
    const isNews = this.#counts.take(result);
    if (result.outcome !== 'pending') return;
    if (this.#line.isLive) this.#line.show(`${this.#counts.text}  ${this.#timeLeft}`);
    else if (isNews && !this.#isQuiet) {
      this.#line.say(`${nameDrain(result)}: ${describeCounts(result)}`);
    }
  }

  get #timeLeft(): string {
    return `${Math.max(0, Math.round((this.#endsAt - performance.now()) / 1000))}s left`;
  }
}
