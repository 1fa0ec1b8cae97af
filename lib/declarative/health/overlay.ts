import type { DestinationRef, DestinationSpec } from '../../../types/destination.js';
import type { DesiredDestination, DesiredService } from '../../../types/document.js';
import type { HealthView } from '../../../types/plan.js';
import type { ServiceId, ServiceRef } from '../../../types/service.js';
import { familyOf } from '../../model/address.js';
import { checkDestinationSpec } from '../../model/destination.js';
import {
  compareDestinationKeys,
  formatDestinationId,
  keyOfDestination,
  resolveDestinationRef,
} from '../../model/destination-id.js';
import { isObject } from '../../model/fields.js';
import { InvalidValueError } from '../../model/invalid-value-error.js';
import { CollectingReport } from '../../model/report.js';
import { formatServiceId, keyOfService, resolveServiceRef } from '../../model/service-id.js';
import { checkChoice, checkWholeNumber } from '../option-checks.js';

/** Whether a destination answers. */
export type Health = 'up' | 'down';

/** What health means for a service. */
export interface HealthPolicy {
  /** A destination that is down: `quiesce` takes its weight, `remove` takes it away. Default `quiesce`. */
  readonly onDown?: 'quiesce' | 'remove';
  /** What a destination counts as that nothing is known of. Default `up`. */
  readonly initial?: Health;
  /** The declared weight of healthy destinations that makes a quorum: a whole number from 1. Default 1. */
  readonly quorum?: number;
  /** How far below the quorum it is lost, and above it gained: a whole number from 0. Default 0. */
  readonly hysteresis?: number;
  /**
   * A destination that stands in for all others while there is no quorum. A service that cannot have it, because it is of
   * another family or, without masquerading, on another port, is without. Default none.
   */
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
  readonly #listeners = new Set<(service: ServiceId) => void>();

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
    const serviceId = formatServiceId(key);
    const standing = this.#standing(serviceId);
    if (standing.health.get(id) === health) return;
    standing.health.set(id, health);
    this.#tell(serviceId);
  }

  /** Forgets a destination, or all that is known of a service, when nothing checks it any more. */
  forget(service: ServiceRef, destination?: DestinationRef): void {
    const key = resolveServiceRef(service);
    const id = formatServiceId(key);
    const wasKnown =
      destination === undefined
        ? this.#standings.delete(id)
        : this.#standings
            .get(id)
            ?.health.delete(formatDestinationId(resolveDestinationRef(destination, key)));
    if (wasKnown) this.#tell(id);
  }

  /** Calls back with the service of which something becomes known; answers what ends that. */
  onChange(listener: (service: ServiceId) => void): () => void {
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

    const fallback = hasQuorum ? undefined : completeFallback(service, fallbackDestination);
    if (fallback !== undefined) return withFallback(service, fallback, policy);
    const keeps = up.length === 0 && keepLast && last.size > 0;
    const stays = keeps ? ({ id }: DesiredDestination) => last.has(id) : isUp;
    if (service.destinations.every(stays)) return service;
    return { ...service, destinations: takeOut(service.destinations, stays, policy) };
  }

  #tell(service: ServiceId): void {
    for (const listener of this.#listeners) listener(service);
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

/** The fallback destination of a service; `undefined` where there is none, or one that the service cannot have. */
function completeFallback(
  service: DesiredService,
  spec: DestinationSpec | undefined,
): DesiredDestination | undefined {
  if (spec === undefined) return undefined;
  const checked = checkDestinationSpec(spec, keyOfService(service), new CollectingReport(), '');
  return checked && { ...checked, id: formatDestinationId(keyOfDestination(checked)) };
}

function withFallback(
  service: DesiredService,
  fallback: DesiredDestination,
  policy: HealthPolicy,
): DesiredService {
  const others = service.destinations.filter(({ id }) => id !== fallback.id);
  const destinations = [fallback, ...takeOut(others, () => false, policy)];
  return { ...service, destinations: destinations.sort(compareDestinationKeys) };
}

const policyFields = [
  'onDown',
  'initial',
  'quorum',
  'hysteresis',
  'fallbackDestination',
  'keepLast',
];

function checkPolicy(policy: HealthPolicy, path: string): HealthPolicy {
  if (!isObject(policy)) throw new InvalidValueError(path, policy, 'a health policy: an object');
  for (const name of Object.keys(policy)) checkChoice(path, name, policyFields);
  const { onDown, initial, quorum, hysteresis, keepLast, fallbackDestination } = policy;
  if (fallbackDestination !== undefined) {
    checkFallback(fallbackDestination, `${path}.fallbackDestination`);
  }
  checkChoice(`${path}.onDown`, onDown, ['quiesce', 'remove']);
  checkChoice(`${path}.initial`, initial, ['up', 'down']);
  checkChoice(`${path}.keepLast`, keepLast, [true, false]);
  checkWholeNumber(`${path}.quorum`, quorum, 1);
  checkWholeNumber(`${path}.hysteresis`, hysteresis, 0);
  return policy;
}

/** Checks what can be checked of it without a service: on one of its own port every forwarding method is possible. */
function checkFallback(spec: DestinationSpec, path: string): void {
  const family = familyOf(String(spec?.address));
  const address = family === 'ipv6' ? '2001:db8::1' : '192.0.2.1';
  const key = resolveServiceRef({ protocol: 'tcp', address, port: spec?.port || 80 });
  const report = new CollectingReport();
  checkDestinationSpec(spec, key, report, '');
  const issue = report.issues.find(({ severity }) => severity === 'error');
  if (issue === undefined) return;
  throw new InvalidValueError(
    `${path}${issue.path.replaceAll('/', '.')}`,
    issue.value,
    issue.message,
  );
}
