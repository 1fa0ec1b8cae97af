import type { Address } from '../../types/address.js';
import type { Backend } from '../../types/backend.js';
import type { AddressScope } from '../../types/device.js';
import type { Protocol, ServiceRef } from '../../types/service.js';
import { addressExpected, parseAddress } from '../model/address.js';
import { InvalidValueError } from '../model/invalid-value-error.js';
import { protocols } from '../model/protocol.js';
import { type CompleteServiceKey, resolveServiceRef } from '../model/service-id.js';
import type { Flow } from './entries.js';
import { FakeBackend } from './fake-backend.js';
import { FakeClock } from './fake-clock.js';
import { emptyPacket, FakeConnection } from './fake-connection.js';
import type { DumpFilter, FakeCall, Fault, FaultSpec } from './faults.js';
import { Gate } from './gate.js';
import { Machine, type MachineOptions } from './machine.js';
import type { RawDestination, RawService } from './raw.js';
import type { ServiceTable } from './service-table.js';

/** What a {@link FakeKernel} begins with. */
export interface FakeKernelOptions extends MachineOptions {
  /** Default: a clock of its own, that stands at the beginning of 2025. */
  readonly clock?: FakeClock;
}

/** Who connects, and to what. */
export interface ConnectOptions {
  readonly client: Address;
  /** The client's port. Default: the next one that this fake kernel has not seen. */
  readonly port?: number;
  /** What the client connects to, where the service does not say it. */
  readonly to?: {
    /** Of a mark service. Default `tcp`. */
    readonly protocol?: Protocol;
    /** Of a mark service. Default `198.51.100.1` or `2001:db8::1`. */
    readonly address?: Address;
    /** Of a mark service and of one for every port. Default 80. */
    readonly port?: number;
  };
}

/** Before which call something is to be run. */
export interface HookFilter extends DumpFilter {
  /** Before the how manieth call that fits, counted from now. Default 1. */
  readonly nth?: number;
}

/**
 * A `Backend` that behaves as the kernel of Linux 6.1 does, on any system and without privileges: the errnos and their order,
 * edits that replace everything, flags under a mask, destinations that come back from the trash with their counters,
 * thresholds, schedulers, persistence. One suite of tests is run against it and against the real kernel.
 *
 * Time stands still until a test turns {@link clock}. Clients of services are played with {@link connect}, other programs with
 * {@link other}, trouble with {@link inject}.
 *
 * What is not modelled: sync daemons; counters' delay of two seconds, their rates and what servers answer; half-open connections;
 * ICMP; connections that engines and the FTP helper tell apart; whether an address is bound to the host. The schedulers `rr`, `wrr`, `lc`,
 * `wlc`, `sed`, `nq`, `fo`, `ovf`, `dh` and `sh` choose as the kernel's do; `mh` has tables like the kernel's but with other hashes; every other
 * behaves as `wlc`.
 *
 * @example
 * const kernel = new FakeKernel();
 * await kernel.addService({ protocol: 'tcp', address: '10.0.0.1', port: 80 });
 * await kernel.addDestination('tcp/10.0.0.1:80', { address: '10.1.0.5' });
 * const connection = kernel.connect('tcp/10.0.0.1:80', { client: '192.0.2.7' });
 * connection?.close();
 * await kernel.clock.advance(120_000);
 */
export class FakeKernel extends FakeBackend {
  readonly clock: FakeClock;
  /** Another program with the same kernel: its calls are not written down, do not wait for others, and suffer no faults. */
  readonly other: Backend;
  readonly #machine: Machine;
  readonly #gate: Gate;
  #nextPort = 32_768;

  constructor(options: FakeKernelOptions = {}) {
    const clock = options.clock ?? new FakeClock();
    const machine = new Machine(clock, options);
    const gate = new Gate(clock);
    super(machine, gate);
    this.clock = clock;
    this.other = new FakeBackend(machine, new Gate(clock));
    this.#machine = machine;
    this.#gate = gate;
  }

  /** Every call that has come to the kernel, in order; what was refused before that is not among them. */
  get calls(): readonly FakeCall[] {
    return this.#gate.calls;
  }

  /** Forgets the calls so far. */
  clearCalls(): void {
    this.#gate.calls.length = 0;
  }

  /**
   * The services as the kernel holds them, in its own order: by hash, their destinations newest first. They are the
   * kernel's own: a test may write to them what no call of this library would.
   */
  raw(): RawService[] {
    this.#machine.turn();
    return this.#machine.services.list();
  }

  /** The destinations that were removed and that the kernel still remembers, newest first. */
  trash(): readonly RawDestination[] {
    this.#machine.turn();
    return this.#machine.services.trash.destinations;
  }

  /** The kernel's own commands, which take much that this library does not send. */
  get table(): ServiceTable {
    this.#machine.turn();
    return this.#machine.services;
  }

  /** A client connects to a service. `undefined`: it is refused, or its packet is dropped. */
  connect(service: ServiceRef, options: ConnectOptions): FakeConnection | undefined {
    this.#machine.turn();
    const key = resolveServiceRef(service);
    const found = this.#machine.services.find(key);
    const flow = this.#flow(key, options);
    if (found === undefined) return undefined;
    const entry = this.#machine.connections.open(found, flow, emptyPacket);
    return entry && new FakeConnection(this.#machine, key, flow, entry);
  }

  /** Lets something go wrong with calls to come. Of several faults that fit a call the first is taken. */
  inject(fault: FaultSpec): Fault {
    return this.#gate.inject(fault);
  }

  /**
   * Runs a function before a call, while that waits: to play another program that is faster, with {@link other}. A call of this
   * kernel's own would wait for the one that waits.
   */
  before({ nth = 1, ...filter }: HookFilter, run: () => void | Promise<void>): void {
    this.#gate.before(filter, nth, run);
  }

  /** Makes a network device of whatever kind, as another program does. */
  addDevice(name: string, kind = ''): void {
    this.#machine.devices.add(name, kind);
  }

  /** Removes a network device of whatever kind with its addresses, as another program does. */
  removeDevice(name: string): void {
    this.#machine.devices.remove(name);
  }

  /** Binds an address such as `10.0.0.1/24` to a device that is up, as another program does. */
  addAddress(device: string, text: string, scope?: AddressScope): void {
    const { address, prefixLength } = parseBound(text);
    this.#machine.devices.addAddress(device, address, prefixLength, scope);
  }

  /** Takes an address such as `10.0.0.1/24` from a device, as another program does. */
  removeAddress(device: string, text: string): void {
    const { address, prefixLength } = parseBound(text);
    this.#machine.devices.removeAddress(device, address, prefixLength);
  }

  #flow(key: CompleteServiceKey, { client, port, to = {} }: ConnectOptions): Flow {
    const parsed = parseAddress(client);
    if (parsed?.family !== key.family) {
      throw new InvalidValueError('client', client, `an ${key.family} address`);
    }
    const source = { family: key.family, client: parsed.address, port: port ?? this.#freePort() };
    const virtualPort = to.port ?? 80;
    if (key.kind === 'address') {
      const { protocol, address } = key;
      return { ...source, protocol, virtual: address, virtualPort: key.port || virtualPort };
    }
    const protocol = protocols[to.protocol ?? 'tcp'];
    const virtual = to.address ?? (key.family === 'ipv4' ? '198.51.100.1' : '2001:db8::1');
    return { ...source, protocol, virtual, virtualPort };
  }

  #freePort(): number {
    const port = this.#nextPort;
    this.#nextPort = port === 65_535 ? 1024 : port + 1;
    return port;
  }
}

function parseBound(text: string): { address: Address; prefixLength: number } {
  const [address, length] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined || !/^\d{1,3}$/.test(length ?? '')) {
    throw new InvalidValueError('address', text, `${addressExpected} with a prefix length`);
  }
  return { address: parsed.address, prefixLength: Number(length) };
}
