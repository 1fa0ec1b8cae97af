import type { DestinationRef, DestinationSpec } from '../../../types/destination.js';
import type { DesiredDestination, DesiredService } from '../../../types/document.js';
import type { HealthView } from '../../../types/plan.js';
import type { ServiceId, ServiceRef } from '../../../types/service.js';
import { checkDestinationSpec } from '../../model/destination.js';
import {
  compareDestinationKeys,
  formatDestinationId,
  keyOfDestination,
  resolveDestinationRef,
} from '../../model/destination-id.js';
import { InvalidValueError } from '../../model/invalid-value-error.js';
import { present, throwingReport } from '../../model/report.js';
import { formatServiceId, keyOfService, resolveServiceRef } from '../../model/service-id.js';

/** Whether a destination answers. */
export type Health = 'up' | 'down';

/** What health means for a service. */
export interface HealthPolicy {
  /** A destination that is down: `quiesce` takes its weight, `remove` takes it away. Default `quiesce`. */
  readonly onDown?: 'quiesce' | 'remove';
  /** What a destination counts as that nothing is known of. Default `up`. */
  readonly initial?: Health;
  /** The declared weight of healthy destinations that makes a quorum. Default 1. */
  readonly quorum?: number;
  /** How far below the quorum it is lost, and above it gained. Default 0. */
  readonly hysteresis?: number;
  /** A destination that stands in for all others while there is no quorum. Default none. */
  readonly fallbackDestination?: DestinationSpec;
  /** Whether the destinations that were healthy last stay when all are down and none stands in. Default false. */
  readonly keepLast?: boolean;
}

interface Standing {
  readonly health: Map<string, Health>;
  hasQuorum: boolean | undefined;
  /** Those that were up when any was. */
  lastHealthy: ReadonlySet<string>;
}

/**
 * What is known of the health of destinations, laid over what is declared. The document stays as it is; destinations keep
 * their health when a new document changes their settings.
 */
export class HealthOverlay implements HealthView {
  readonly #policy: HealthPolicy;
  readonly #policies: ReadonlyMap<string, HealthPolicy>;
  readonly #standings = new Map<ServiceId, Standing>();
  readonly #listeners = new Set<() => void>();

  /** `services` has the policies of services that differ from the first, by id. Throws `InvalidValueError`. */
  constructor(policy: HealthPolicy = {}, services: Readonly<Record<string, HealthPolicy>> = {}) {
    this.#policy = checkPolicy(policy, 'policy');
    const policies = new Map<string, HealthPolicy>();
    for (const [ref, own] of Object.entries(services)) {
      const id = formatServiceId(resolveServiceRef(ref, 'services'));
      policies.set(id, { ...policy, ...checkPolicy(own, `services.${ref}`) });
    }
    this.#policies = policies;
  }

  /** Says how a destination is. */
  set(service: ServiceRef, destination: DestinationRef, health: Health): void {
    if (health !== 'up' && health !== 'down') {
      throw new InvalidValueError('health', health, 'up or down');
    }
    const key = resolveServiceRef(service);
    const id = formatDestinationId(resolveDestinationRef(destination, key));
    const standing = this.#standing(formatServiceId(key));
    if (standing.health.get(id) === health) return;
    standing.health.set(id, health);
    for (const listener of this.#listeners) listener();
  }

  /** Forgets a service, when nothing checks it any more. */
  forget(service: ServiceRef): void {
    if (!this.#standings.delete(formatServiceId(resolveServiceRef(service)))) return;
    for (const listener of this.#listeners) listener();
  }

  /** Calls back when something becomes known; answers what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The service as it should be with its destinations as healthy as they are. */
  effective(service: DesiredService): DesiredService {
    const policy = this.#policies.get(service.id) ?? this.#policy;
    const standing = this.#standing(service.id);
    const { initial = 'up', fallbackDestination, keepLast = false } = policy;
    const isUp = ({ id }: DesiredDestination) => (standing.health.get(id) ?? initial) === 'up';
    const up = service.destinations.filter(isUp);
    const hasQuorum = weigh(up, policy, standing.hasQuorum);
    standing.hasQuorum = hasQuorum;
    const last = standing.lastHealthy;
    if (up.length > 0) standing.lastHealthy = new Set(up.map(({ id }) => id));

    if (!hasQuorum && fallbackDestination !== undefined) {
      return withFallback(service, fallbackDestination, policy);
    }
    const keeps = up.length === 0 && keepLast && last.size > 0;
    const stays = keeps ? ({ id }: DesiredDestination) => last.has(id) : isUp;
    if (service.destinations.every(stays)) return service;
    return { ...service, destinations: takeOut(service.destinations, stays, policy) };
  }

  #standing(id: ServiceId): Standing {
    let standing = this.#standings.get(id);
    if (standing === undefined) {
      standing = { health: new Map(), hasQuorum: undefined, lastHealthy: new Set() };
      this.#standings.set(id, standing);
    }
    return standing;
  }
}

/** Whether there is a quorum, which near the limit depends on whether there was one. */
function weigh(
  up: readonly DesiredDestination[],
  { quorum = 1, hysteresis = 0 }: HealthPolicy,
  had: boolean | undefined,
): boolean {
  let sum = 0;
  for (const { weight } of up) sum += weight;
  if (had === undefined) return sum >= quorum;
  return had ? sum > 0 && sum >= quorum - hysteresis : sum >= quorum + hysteresis;
}

function takeOut(
  destinations: readonly DesiredDestination[],
  stays: (destination: DesiredDestination) => boolean,
  { onDown = 'quiesce' }: HealthPolicy,
): DesiredDestination[] {
  if (onDown === 'remove') return destinations.filter(stays);
  return destinations.map((each) => (stays(each) ? each : { ...each, weight: 0 }));
}

function withFallback(
  service: DesiredService,
  spec: DestinationSpec,
  policy: HealthPolicy,
): DesiredService {
  const key = keyOfService(service);
  const path = '/fallbackDestination';
  const checked = present(checkDestinationSpec(spec, key, throwingReport, path));
  const fallback = { ...checked, id: formatDestinationId(keyOfDestination(checked)) };
  const others = service.destinations.filter(({ id }) => id !== fallback.id);
  const destinations = [fallback, ...takeOut(others, () => false, policy)];
  return { ...service, destinations: destinations.sort(compareDestinationKeys) };
}

function checkPolicy(policy: HealthPolicy, path: string): HealthPolicy {
  const { onDown, initial, quorum, hysteresis, keepLast } = policy;
  check(onDown, ['quiesce', 'remove'], `${path}.onDown`);
  check(initial, ['up', 'down'], `${path}.initial`);
  check(keepLast, [true, false], `${path}.keepLast`);
  const numbers = [
    ['quorum', quorum, 1],
    ['hysteresis', hysteresis, 0],
  ] as const;
  for (const [name, value, lowest] of numbers) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= lowest)) continue;
    throw new InvalidValueError(`${path}.${name}`, value, `a whole number from ${lowest}`);
  }
  return policy;
}

function check(value: unknown, allowed: readonly unknown[], path: string): void {
  if (value === undefined || allowed.includes(value)) return;
  throw new InvalidValueError(path, value, allowed.join(' or '));
}
