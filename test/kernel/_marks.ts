import type { Topology } from './_topology.js';

/** Marks what clients send to a port, over TCP or UDP and both families, as it reaches the director. */
export class Marks {
  readonly #topology: Topology;
  #last = 0;

  private constructor(topology: Topology) {
    this.#topology = topology;
  }

  static async create(topology: Topology): Promise<Marks> {
    await topology.tc('director', ['qdisc add dev front ingress']);
    return new Marks(topology);
  }

  /** A mark that no other case uses. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  async set(fwmark: number, ...ports: readonly number[]): Promise<void> {
    const filter = (protocol: string, header: number, port: number) =>
      `filter add dev front parent ffff: protocol ${protocol} u32` +
      ` match u16 ${port} 0xffff at ${header + 2} action skbedit mark ${fwmark}`;
    const filters = ports.flatMap((port) => [filter('ip', 20, port), filter('ipv6', 40, port)]);
    await this.#topology.tc('director', filters);
  }
}
