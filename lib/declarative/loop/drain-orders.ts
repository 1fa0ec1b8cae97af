import type { ApplyReport, DrainResult } from '../../../types/apply.js';
import type { DestinationId, DestinationRef } from '../../../types/destination.js';
import type { DesiredState, DrainPolicy } from '../../../types/document.js';
import type { ServiceId, ServiceRef } from '../../../types/service.js';
import { formatDestinationId, resolveDestinationRef } from '../../model/destination-id.js';
import { formatServiceId, resolveServiceRef } from '../../model/service-id.js';

interface Order {
  readonly service: ServiceId;
  readonly destination: DestinationId;
  readonly policy: DrainPolicy | undefined;
  readonly resolve: (result: DrainResult) => void;
  isEnded: boolean;
}

/** Destinations that somebody asked to take away although they are declared. */
export class DrainOrders {
  readonly #orders = new Map<string, Order>();

  /** Asks for it; resolves when it is done. */
  order(
    service: ServiceRef,
    destination: DestinationRef,
    policy: DrainPolicy | undefined,
    stopping: AbortSignal,
  ): Promise<DrainResult> {
    const key = resolveServiceRef(service);
    const serviceId = formatServiceId(key);
    const destinationId = formatDestinationId(resolveDestinationRef(destination, key));
    return new Promise((resolve, reject) => {
      stopping.throwIfAborted();
      const end = () => reject(stopping.reason);
      stopping.addEventListener('abort', end, { once: true });
      this.#orders.set(`${serviceId} -> ${destinationId}`, {
        service: serviceId,
        destination: destinationId,
        policy,
        resolve: (result) => {
          stopping.removeEventListener('abort', end);
          resolve(result);
        },
        isEnded: false,
      });
    });
  }

  /** What should be without what is to go. */
  overlay(desired: DesiredState): DesiredState {
    if (this.#orders.size === 0) return desired;
    const services = desired.services.map((service) => {
      const orders = [...this.#orders.values()].filter((order) => order.service === service.id);
      if (orders.length === 0) return service;
      const gone = new Set(orders.map(({ destination }) => destination));
      const policy = orders.find((order) => order.policy !== undefined)?.policy;
      const destinations = service.destinations.filter(({ id }) => !gone.has(id));
      const drain = policy === undefined ? service.drain : { ...service.drain, ...policy };
      return drain === undefined
        ? { ...service, destinations }
        : { ...service, destinations, drain };
    });
    return { ...desired, services };
  }

  /** Tells those who asked what a cycle came to. */
  settle({ drains, results, remaining }: ApplyReport): void {
    for (const order of this.#orders.values()) {
      const isOurs = (of: { readonly service?: ServiceId; readonly destination?: DestinationId }) =>
        of.service === order.service && of.destination === order.destination;
      const drain = drains.find(isOurs);
      if (drain !== undefined && drain.outcome !== 'pending') this.#end(order, drain);
      else if (!remaining.some(isOurs) && (drain === undefined || results.some(isOurs))) {
        this.#end(order, ended(order, results.some(isOurs) ? 'drained' : 'gone'));
      }
    }
  }

  /** There was nothing left to do. */
  settleGone(): void {
    for (const order of this.#orders.values()) this.#end(order, ended(order, 'gone'));
  }

  /** A new document says anew what should be. */
  forgetEnded(): void {
    for (const [key, { isEnded }] of this.#orders) if (isEnded) this.#orders.delete(key);
  }

  #end(order: Order, result: DrainResult): void {
    if (order.isEnded) return;
    order.isEnded = true;
    order.resolve(result);
  }
}

function ended({ service, destination }: Order, outcome: 'drained' | 'gone'): DrainResult {
  return { service, destination, outcome, activeConnections: 0, inactiveConnections: 0 };
}
