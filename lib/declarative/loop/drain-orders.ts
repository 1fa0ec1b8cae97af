import type { ApplyReport, DrainResult } from '../../../types/apply.js';
import type { DestinationId } from '../../../types/destination.js';
import type { DesiredService, DesiredState, DrainPolicy } from '../../../types/document.js';
import type { ServiceId } from '../../../types/service.js';
import { isRemoval } from '../apply/operation-groups.js';

/** A destination that is to go. */
export interface DrainTarget {
  readonly service: ServiceId;
  readonly destination: DestinationId;
}

interface Order extends DrainTarget {
  readonly promise: Promise<DrainResult>;
  readonly resolve: (result: DrainResult) => void;
  readonly reject: (reason: unknown) => void;
  policy: DrainPolicy | undefined;
  /** Whether a plan has been made with it. */
  isInForce: boolean;
  isEnded: boolean;
}

/** Destinations that somebody asked to take away although they are declared. */
export class DrainOrders {
  readonly #orders = new Map<ServiceId, Map<DestinationId, Order>>();

  /** Asks for it; resolves when it is done. Whoever asks for the same meanwhile gets the same answer. */
  order(target: DrainTarget, policy: DrainPolicy | undefined): Promise<DrainResult> {
    const { service, destination } = target;
    const orders = this.#orders.get(service) ?? new Map<DestinationId, Order>();
    this.#orders.set(service, orders);
    const present = orders.get(destination);
    if (present !== undefined && !present.isEnded) {
      present.policy = policy ?? present.policy;
      return present.promise;
    }
    const order = makeOrder(target, policy);
    orders.set(destination, order);
    return order.promise;
  }

  /** What should be without what is to go. */
  overlay(desired: DesiredState): DesiredState {
    if (this.#orders.size === 0) return desired;
    for (const order of this.#open()) order.isInForce = true;
    return { ...desired, services: desired.services.map((service) => this.#without(service)) };
  }

  /** Tells those who asked what a cycle came to; nothing where it had nothing to do. `isLeftAlone`: it did not look there. */
  settle(report: ApplyReport | undefined, isLeftAlone: (service: ServiceId) => boolean): void {
    for (const order of this.#open()) {
      if (!order.isInForce || isLeftAlone(order.service)) continue;
      const result = report === undefined ? resultOf(order, 'gone') : outcomeOf(order, report);
      if (result === undefined) continue;
      order.isEnded = true;
      order.resolve(result);
    }
  }

  /** Nobody carries them out any more. */
  abandon(reason: unknown): void {
    for (const order of this.#open()) {
      order.isEnded = true;
      order.reject(reason);
    }
  }

  /** A new document says anew what should be. */
  forgetEnded(): void {
    for (const [service, orders] of this.#orders) {
      for (const [destination, { isEnded }] of orders) if (isEnded) orders.delete(destination);
      if (orders.size === 0) this.#orders.delete(service);
    }
  }

  *#open(): Generator<Order> {
    for (const orders of this.#orders.values()) {
      for (const order of orders.values()) if (!order.isEnded) yield order;
    }
  }

  #without(service: DesiredService): DesiredService {
    const orders = this.#orders.get(service.id);
    if (orders === undefined) return service;
    let { drain } = service;
    for (const order of orders.values()) {
      if (!order.isEnded && order.policy !== undefined) drain = { ...drain, ...order.policy };
    }
    const destinations = service.destinations.filter(({ id }) => !orders.has(id));
    return { ...service, destinations, ...(drain === undefined ? {} : { drain }) };
  }
}

function makeOrder(target: DrainTarget, policy: DrainPolicy | undefined): Order {
  let resolve: Order['resolve'] = () => {};
  let reject: Order['reject'] = () => {};
  const promise = new Promise<DrainResult>((toResolve, toReject) => {
    resolve = toResolve;
    reject = toReject;
  });
  // Who asked need not be interested in the answer.
  promise.catch(() => {});
  return { ...target, policy, promise, resolve, reject, isInForce: false, isEnded: false };
}

/** How it came out; `undefined` while it is not over. */
function outcomeOf(
  order: DrainTarget,
  { drains, results, remaining }: ApplyReport,
): DrainResult | undefined {
  const isOurs = (of: { readonly service?: ServiceId; readonly destination?: DestinationId }) =>
    of.service === order.service &&
    (of.destination === undefined || of.destination === order.destination);
  const drain = drains.findLast(isOurs);
  if (drain !== undefined) {
    return drain.outcome === 'pending' ? undefined : { ...drain, ...targetOf(order) };
  }
  if (remaining.some((each) => isRemoval(each) && isOurs(each))) return undefined;
  const removal = results.find((each) => isRemoval(each) && isOurs(each));
  return resultOf(order, removal?.status === 'ok' ? 'drained' : 'gone');
}

function resultOf(order: DrainTarget, outcome: 'drained' | 'gone'): DrainResult {
  return { ...targetOf(order), outcome, activeConnections: 0, inactiveConnections: 0 };
}

function targetOf({ service, destination }: DrainTarget): DrainTarget {
  return { service, destination };
}
