import type { Timeouts } from '../../types/config.js';
import { forwards } from '../model/forwarding.js';
import { fullPrefix } from '../model/netmask.js';
import { protocols } from '../model/protocol.js';
import { type Entry, type Flow, keyOfFlow } from './entries.js';
import { EntryTable } from './entry-table.js';
import { maskAddress } from './mask-address.js';
import { type RawDestination, type RawService, type RawStats, serviceFlag } from './raw.js';
import { schedule } from './schedulers/schedulers.js';
import type { ServiceTable } from './service-table.js';

/** What became of a packet: it reached its destination, nobody got it, or the director itself refused it. */
export type Delivery = 'delivered' | 'dropped' | 'reset';

/** What the table depends on. */
export interface ConnectionParts {
  now(): number;
  timeouts(): Timeouts;
  /** The value of a sysctl of 0 and more. */
  sysctl(name: string): number;
  readonly services: ServiceTable;
}

/** Milliseconds; these timeouts cannot be set. */
const timeWait = 120_000;
const sctpEstablished = 900_000;
const sctpClosed = 10_000;

/** Milliseconds from the removal of a destination to that of its connections, with `expire_nodest_conn`. */
const flushDelay = 10;

/** The kernel's connections, and how packets become them. */
export class ConnectionTable {
  readonly #parts: ConnectionParts;
  readonly #entries = new EntryTable();
  #flushAt: number | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  /** The first packet of a client's connection. Answers the connection, or nothing where it is refused or dropped. */
  open(service: RawService, flow: Flow, bytes: number): Entry | undefined {
    let entry = this.#entries.get(keyOfFlow(flow));
    if (entry !== undefined && this.#isReplaced(entry, flow)) {
      this.#entries.remove(entry);
      entry = undefined;
    }
    if (entry === undefined) return this.#schedule(service, flow, bytes);
    if (this.deliver(entry, flow, bytes) !== 'delivered') return undefined;
    if (entry.state === 'closing') this.#establish(entry, flow);
    return entry;
  }

  /** A further packet of a connection. */
  deliver(entry: Entry, flow: Flow, bytes: number): Delivery {
    if (!this.#parts.services.hasFamily(flow.family)) return 'reset';
    if (entry.state === 'gone') return 'reset';
    if (!entry.destination.available) {
      if (this.#parts.sysctl('expire_nodest_conn') === 0) return 'dropped';
      this.#entries.remove(entry);
      return 'reset';
    }
    if (entry.state === 'open') entry.timeout = this.#openTimeout(flow);
    entry.expiresAt = this.#parts.now() + entry.timeout;
    countPacket(entry.destination, bytes);
    return 'delivered';
  }

  /** The end of a connection, as its client and its server say it. A flow of UDP has none. */
  close(entry: Entry, { protocol }: Flow): void {
    if (entry.state !== 'open' || protocol === protocols.udp) return;
    entry.state = 'closing';
    this.#entries.setActive(entry, false);
    entry.timeout = this.#closingTimeout(entry, protocol);
    entry.expiresAt = this.#parts.now() + entry.timeout;
  }

  /** Forgets a connection at once. */
  remove(entry: Entry): void {
    this.#entries.remove(entry);
  }

  /** Destinations have left their services. */
  onRemoved(): void {
    if (this.#parts.sysctl('expire_nodest_conn') !== 0) {
      this.#flushAt ??= this.#parts.now() + flushDelay;
    }
  }

  /** Does what was due up to a moment. */
  turn(now: number): void {
    const flushAt = this.#flushAt;
    if (flushAt !== undefined && flushAt <= now) {
      this.#entries.expire(flushAt);
      this.#flushAt = undefined;
      for (const entry of [...this.#entries.all]) {
        if (!entry.destination.available && entry.controlled === 0) this.#entries.remove(entry);
      }
    }
    this.#entries.expire(now);
  }

  /** A new connection from the port of an old one that is over, or about to be. */
  #isReplaced(entry: Entry, { protocol }: Flow): boolean {
    if (protocol === protocols.udp) return false;
    const { destination, control, state } = entry;
    const expires = this.#parts.sysctl('expire_nodest_conn') !== 0;
    if (expires && control === undefined && destination.weight === 0) return true;
    if (expires && !destination.available) return true;
    if (state !== 'closing') return false;
    const mode = this.#parts.sysctl('conn_reuse_mode');
    return destination.forward === forwards.masquerade ? mode !== 0 : (mode & 2) !== 0;
  }

  #schedule(service: RawService, flow: Flow, bytes: number): Entry | undefined {
    const persistent = (service.flags & serviceFlag.persistent) !== 0;
    if (!persistent && service.key.kind === 'address' && service.key.port === 0) return undefined;
    const template = persistent ? this.#template(service, flow) : undefined;
    const destination = persistent ? template?.destination : schedule(service, flow);
    if (destination === undefined) return undefined;
    const now = this.#parts.now();
    if (template !== undefined) template.expiresAt = now + template.timeout;
    const timeout = this.#openTimeout(flow);
    const entry: Entry = {
      key: keyOfFlow(flow),
      destination,
      template: false,
      state: 'open',
      active: flow.protocol !== protocols.udp,
      timeout,
      expiresAt: now + timeout,
      control: template,
      controlled: 0,
    };
    this.#entries.add(entry);
    destination.stats.connections += 1n;
    service.stats.connections += 1n;
    countPacket(destination, bytes);
    const onePacket = (service.flags & serviceFlag.onePacket) !== 0;
    if (onePacket && flow.protocol === protocols.udp) this.#entries.remove(entry);
    return entry;
  }

  /** The template that a persistent client has, or gets. Neither its destination's weight nor its load matters to one that it has. */
  #template(service: RawService, flow: Flow): Entry | undefined {
    const key = templateKey(service, flow);
    const found = this.#entries.get(key);
    if (found !== undefined) {
      if (this.#isValid(found.destination)) return found;
      this.#entries.invalidate(found);
    }
    const destination = schedule(service, flow);
    if (destination === undefined) return undefined;
    const timeout = service.timeout * 1000;
    const template: Entry = {
      key,
      destination,
      template: true,
      state: 'open',
      active: false,
      timeout,
      expiresAt: this.#parts.now() + timeout,
      control: undefined,
      controlled: 0,
    };
    this.#entries.add(template);
    return template;
  }

  #isValid({ available, weight }: RawDestination): boolean {
    return available && !(weight === 0 && this.#parts.sysctl('expire_quiescent_template') !== 0);
  }

  #establish(entry: Entry, flow: Flow): void {
    entry.state = 'open';
    this.#entries.setActive(entry, true);
    entry.timeout = this.#openTimeout(flow);
    entry.expiresAt = this.#parts.now() + entry.timeout;
  }

  #openTimeout({ protocol }: Flow): number {
    if (protocol === protocols.udp) return this.#parts.timeouts().udp * 1000;
    return protocol === protocols.sctp ? sctpEstablished : this.#parts.timeouts().tcp * 1000;
  }

  /** Only where answers pass the director too does it see both sides say FIN. */
  #closingTimeout({ destination }: Entry, protocol: number): number {
    if (protocol === protocols.sctp) return sctpClosed;
    if (destination.forward === forwards.masquerade) return timeWait;
    return this.#parts.timeouts().tcpFin * 1000;
  }
}

/** Of a mark service all connections of a client go together, of an address service those to its port. */
function templateKey(service: RawService, flow: Flow): string {
  const { key } = service;
  const bits = key.family === 'ipv6' ? service.netmask : maskBits(service.netmask);
  const client = maskAddress(flow.client, bits);
  return key.kind === 'fwmark'
    ? `template ${key.family} mark ${key.fwmark} ${client}`
    : `template ${flow.protocol} ${client} ${flow.virtual} ${key.port}`;
}

/** The length of a mask; one that is not contiguous is taken up to its first gap. */
function maskBits(mask: number): number {
  return Math.min(fullPrefix('ipv4'), Math.clz32(~mask));
}

function countPacket({ stats, service }: RawDestination, bytes: number): void {
  for (const counted of [stats, service.stats] satisfies RawStats[]) {
    counted.packetsIn += 1n;
    counted.bytesIn += BigInt(bytes);
  }
}
