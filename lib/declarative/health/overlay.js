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
/**
 * What is known of the health of destinations, laid over what is declared. The document stays as it is; destinations keep
 * their health when a new document changes their settings.
 */
export class HealthOverlay {
  #policy;
  #policies;
  #standings = new Map();
  #listeners = new Set();
  /** `services` has the policies of services that differ from the first, by id. Throws `InvalidValueError`. */
  constructor(policy = {}, services = {}) {
    this.#policy = checkPolicy(policy, 'policy');
    const policies = new Map();
    for (const [ref, own] of Object.entries(services)) {
      const id = formatServiceId(resolveServiceRef(ref, 'services'));
      policies.set(id, { ...policy, ...checkPolicy(own, `services.${ref}`) });
    }
    this.#policies = policies;
  }
  /** Says how a destination is. */
  set(service, destination, health) {
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
  forget(service) {
    if (!this.#standings.delete(formatServiceId(resolveServiceRef(service)))) return;
    for (const listener of this.#listeners) listener();
  }
  /** Calls back when something becomes known; answers what ends that. */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  /** The service as it should be with its destinations as healthy as they are. */
  effective(service) {
    const policy = this.#policies.get(service.id) ?? this.#policy;
    const standing = this.#standing(service.id);
    const { initial = 'up', fallbackDestination, keepLast = false } = policy;
    const isUp = ({ id }) => (standing.health.get(id) ?? initial) === 'up';
    const up = service.destinations.filter(isUp);
    const hasQuorum = weigh(up, policy, standing.hasQuorum);
    standing.hasQuorum = hasQuorum;
    const last = standing.lastHealthy;
    if (up.length > 0) standing.lastHealthy = new Set(up.map(({ id }) => id));
    if (!hasQuorum && fallbackDestination !== undefined) {
      return withFallback(service, fallbackDestination, policy);
    }
    const keeps = up.length === 0 && keepLast && last.size > 0;
    const stays = keeps ? ({ id }) => last.has(id) : isUp;
    if (service.destinations.every(stays)) return service;
    return { ...service, destinations: takeOut(service.destinations, stays, policy) };
  }
  #standing(id) {
    let standing = this.#standings.get(id);
    if (standing === undefined) {
      standing = { health: new Map(), hasQuorum: undefined, lastHealthy: new Set() };
      this.#standings.set(id, standing);
    }
    return standing;
  }
}
/** Whether there is a quorum, which near the limit depends on whether there was one. */
function weigh(up, { quorum = 1, hysteresis = 0 }, had) {
  let sum = 0;
  for (const { weight } of up) sum += weight;
  if (had === undefined) return sum >= quorum;
  return had ? sum > 0 && sum >= quorum - hysteresis : sum >= quorum + hysteresis;
}
function takeOut(destinations, stays, { onDown = 'quiesce' }) {
  if (onDown === 'remove') return destinations.filter(stays);
  return destinations.map((each) => (stays(each) ? each : { ...each, weight: 0 }));
}
function withFallback(service, spec, policy) {
  const key = keyOfService(service);
  const path = '/fallbackDestination';
  const checked = present(checkDestinationSpec(spec, key, throwingReport, path));
  const fallback = { ...checked, id: formatDestinationId(keyOfDestination(checked)) };
  const others = service.destinations.filter(({ id }) => id !== fallback.id);
  const destinations = [fallback, ...takeOut(others, () => false, policy)];
  return { ...service, destinations: destinations.sort(compareDestinationKeys) };
}
function checkPolicy(policy, path) {
  const { onDown, initial, quorum, hysteresis, keepLast } = policy;
  check(onDown, ['quiesce', 'remove'], `${path}.onDown`);
  check(initial, ['up', 'down'], `${path}.initial`);
  check(keepLast, [true, false], `${path}.keepLast`);
  const numbers = [
    ['quorum', quorum, 1],
    ['hysteresis', hysteresis, 0],
  ];
  for (const [name, value, lowest] of numbers) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= lowest)) continue;
    throw new InvalidValueError(`${path}.${name}`, value, `a whole number from ${lowest}`);
  }
  return policy;
}
function check(value, allowed, path) {
  if (value === undefined || allowed.includes(value)) return;
  throw new InvalidValueError(path, value, allowed.join(' or '));
}
