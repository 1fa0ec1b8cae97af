import type { Endpoint } from '../../types/connection.js';
import type { DestinationId } from '../../types/destination.js';
import { formatDestinationId } from '../model/destination-id.js';
import { protocols } from '../model/protocol.js';
import type { CompleteServiceKey } from '../model/service-id.js';
import type { Delivery } from './connection-table.js';
import type { Entry, EntryState, Flow } from './entries.js';
import type { Machine } from './machine.js';

/** Bytes of a packet without data. */
export const emptyPacket = 40;

/** A connection of a client's through the fake kernel. */
export class FakeConnection {
  readonly client: Endpoint;
  /** What the client connected to. */
  readonly virtual: Endpoint;
  readonly #machine: Machine;
  readonly #service: CompleteServiceKey;
  readonly #flow: Flow;
  #entry: Entry;

  constructor(machine: Machine, service: CompleteServiceKey, flow: Flow, entry: Entry) {
    this.client = { address: flow.client, port: flow.port };
    this.virtual = { address: flow.virtual, port: flow.virtualPort };
    this.#machine = machine;
    this.#service = service;
    this.#flow = flow;
    this.#entry = entry;
  }

  /** Where its packets go. A flow of UDP can get another one. */
  get destination(): DestinationId {
    return formatDestinationId(this.#entry.destination.key);
  }

  /** `open`, `closing` while the kernel remembers it after its end, `gone` when it does no more. */
  get state(): EntryState {
    this.#machine.turn();
    return this.#entry.state;
  }

  /**
   * Sends a packet to the destination. `dropped`: its destination is not there at the moment, and may come back;
   * `reset`: the director knows nothing of the connection, and says so. A flow of UDP that the kernel has forgotten is
   * scheduled anew.
   */
  send(bytes = emptyPacket): Delivery {
    this.#machine.turn();
    const isUdp = this.#flow.protocol === protocols.udp;
    if (this.#entry.state !== 'gone') {
      const delivery = this.#machine.connections.deliver(this.#entry, this.#flow, bytes);
      if (delivery !== 'reset' || !isUdp) return delivery;
    }
    const service = isUdp ? this.#machine.services.find(this.#service) : undefined;
    if (service === undefined) return 'reset';
    const entry = this.#machine.connections.open(service, this.#flow, bytes);
    if (entry === undefined) return 'reset';
    this.#entry = entry;
    return 'delivered';
  }

  /**
   * Ends the connection. It is inactive from then on, and forgotten after a time: through `masquerade` 120 seconds, else
   * the timeout `tcpFin`, with SCTP 10 seconds. A flow of UDP has no end; it is forgotten when it has been silent for
   * the timeout `udp`.
   */
  close(): void {
    this.#machine.turn();
    this.#machine.connections.close(this.#entry, this.#flow);
  }

  /** Has the kernel forget the connection at once, as when its time is over. */
  expire(): void {
    this.#machine.connections.remove(this.#entry);
  }
}
