import { Network } from './network.js';
import { Program } from './program.js';
import type { ClientRole, ServerRole } from './roles.js';
import { type Server, servers } from './servers.js';

/** The network and the programs in it. The load balancer is not among them: that is the kernel. */
export class Stage implements AsyncDisposable {
  readonly network: Network;
  readonly client: Program<ClientRole>;
  /** A client as well, but at the director: it asks each server itself, past the load balancer. */
  readonly healthCheck: Program<ClientRole>;
  readonly #servers: Record<Server, Program<ServerRole>>;
  readonly #signal: AbortSignal;

  private constructor(network: Network, signal: AbortSignal) {
    this.network = network;
    this.#signal = signal;
    this.client = new Program('client.js', network.client, [], signal);
    this.healthCheck = new Program('client.js', network.director, [], signal);
    this.#servers = { A: this.#start('A'), B: this.#start('B'), C: this.#start('C') };
  }

  static async build(signal: AbortSignal): Promise<Stage> {
    const network = await Network.create(signal);
    const stage = new Stage(network, signal);
    try {
      await Promise.all(stage.#programs.map((program) => program.ready()));
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
    return stage;
  }

  server(server: Server): Program<ServerRole> {
    return this.#servers[server];
  }

  /** Starts a server that was killed. */
  async restart(server: Server): Promise<void> {
    this.#servers[server] = this.#start(server);
    await this.#servers[server].ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()));
    await this.network.remove();
  }

  get #programs(): { ready(): Promise<void>; kill(): Promise<void> }[] {
    return [this.client, this.healthCheck, ...servers.map((server) => this.#servers[server])];
  }

  #start(server: Server): Program<ServerRole> {
    return new Program('server.js', this.network.servers[server], [server], this.#signal);
  }
}
