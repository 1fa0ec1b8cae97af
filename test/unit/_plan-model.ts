import type {
  BoundAddress,
  Destination,
  Plan,
  PlannedOperation,
  Service,
  ServiceSnapshot,
  Snapshot,
} from 'ipvs';

interface ModelService {
  readonly settings: Service;
  readonly destinations: Map<string, Destination>;
}

type Vip = { readonly device: string; readonly address: string; readonly prefixLength: number };

/** The least that can be a kernel: it does what an operation says, and refuses what it cannot do. */
export class Model {
  readonly services = new Map<string, ModelService>();
  readonly addresses: BoundAddress[];
  hasDevice: boolean;
  readonly #snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
    for (const { destinations, ...settings } of snapshot.services) {
      const own = destinations.map((each): [string, Destination] => [each.id, each]);
      this.services.set(settings.id, { settings, destinations: new Map(own) });
    }
    this.addresses = [...(snapshot.addresses ?? [])];
    this.hasDevice = snapshot.devices?.['ipvs0'] != null;
  }

  do(operation: PlannedOperation): void {
    const { op, service: id = '', destination = '', before, after } = operation;
    const service = this.services.get(id);
    const own = service?.destinations;
    switch (op) {
      case 'add-service':
        this.#expect(service === undefined, operation);
        this.services.set(id, { settings: after as Service, destinations: new Map() });
        break;
      case 'set-service':
        this.#expect(service !== undefined, operation);
        this.services.set(id, { settings: after as Service, destinations: own ?? new Map() });
        break;
      case 'del-service':
        this.#expect(this.services.delete(id), operation);
        break;
      case 'add-dest':
        this.#expect(own?.has(destination) === false, operation);
        own?.set(destination, after as Destination);
        break;
      case 'set-dest':
        this.#expect(own?.has(destination) === true, operation);
        own?.set(destination, after as Destination);
        break;
      case 'del-dest':
        this.#expect(own?.delete(destination) === true, operation);
        break;
      case 'bind-vip':
        this.#expect(this.hasDevice && this.#indexOf(after as Vip) < 0, operation);
        this.addresses.push({ ...(after as Vip), scope: 'global' });
        break;
      case 'unbind-vip':
        this.#expect(this.#indexOf(before as Vip) >= 0, operation);
        this.addresses.splice(this.#indexOf(before as Vip), 1);
        break;
      case 'ensure-device':
        this.hasDevice = true;
        break;
      case 'remove-device':
        this.#expect(!this.addresses.some(({ device }) => device === 'ipvs0'), operation);
        this.hasDevice = false;
        break;
      default:
        throw new Error(`an operation of no interest here: ${op}`);
    }
  }

  /** Whether a service has a destination that takes connections. */
  hasCapacity(id: string): boolean {
    const destinations = this.services.get(id)?.destinations.values() ?? [];
    return [...destinations].some(({ weight }) => weight > 0);
  }

  /** The services on an address. */
  on(address: string): string[] {
    const all = [...this.services];
    return all.flatMap(([id, { settings }]) =>
      'address' in settings && settings.address === address ? [id] : [],
    );
  }

  isBound(address: string): boolean {
    return this.addresses.some((each) => each.device === 'ipvs0' && each.address === address);
  }

  read(): Snapshot {
    const services = [...this.services].map(([id, { settings, destinations }]) => ({
      ...settings,
      id,
      destinations: [...destinations].map(([own, destination]) => ({
        ...destination,
        id: own,
        activeConnections: 0,
        inactiveConnections: 0,
      })),
    }));
    return {
      ...this.#snapshot,
      services: services as unknown as ServiceSnapshot[],
      addresses: this.addresses,
      devices: this.hasDevice ? { ipvs0: { name: 'ipvs0', kind: 'dummy' } } : {},
    };
  }

  #indexOf({ device, address, prefixLength }: Vip): number {
    return this.addresses.findIndex(
      (each) =>
        each.device === device && each.address === address && each.prefixLength === prefixLength,
    );
  }

  #expect(holds: boolean, { id, op, service, destination, address }: PlannedOperation): void {
    if (!holds) throw new Error(`refused: ${id} ${op} ${service ?? address} ${destination ?? ''}`);
  }
}

/** The operations as they are executed where connections take their time: those that wait, and what waits for them, later. */
export function lateOrder({ operations }: Plan): PlannedOperation[] {
  const late = new Set<string>();
  for (const { id, deferred, dependsOn } of operations) {
    if (deferred !== undefined || dependsOn.some((other) => late.has(other))) late.add(id);
  }
  const isLate = ({ id }: PlannedOperation) => late.has(id);
  // Services come to their end in any order: here in the opposite one.
  let waiting = operations.filter(isLate).toReversed();
  const order = operations.filter((each) => !isLate(each));
  while (waiting.length > 0) {
    const ready = waiting.filter(({ dependsOn }) => !dependsOn.some((id) => late.has(id)));
    for (const { id } of ready) late.delete(id);
    order.push(...ready);
    waiting = waiting.filter(({ id }) => late.has(id));
  }
  return order;
}
