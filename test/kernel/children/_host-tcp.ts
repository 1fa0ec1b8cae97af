import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { endpoint } from '../../../demo/addresses.js';
import type { Connected, Endpoint, Greeting } from '../_host-role.js';
import { freshPort } from './_host-ports.js';

const patience = 20_000;

/** Greets each connection with a line, then sends back whatever comes. */
export async function serveTcp(server: string, { address, port }: Endpoint): Promise<void> {
  const listener = createServer((socket) => {
    const { remoteAddress = '', remotePort, localAddress = '', localPort } = socket;
    const from = endpoint(remoteAddress, remotePort);
    const greeting: Greeting = { server, from, at: endpoint(localAddress, localPort) };
    socket.write(`${JSON.stringify(greeting)}\n`);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  listener.listen(port, address);
  await once(listener, 'listening');
}

/** The connections that a machine has open, by their local port. */
export class TcpCaller {
  readonly #open = new Map<number, Socket>();

  async connect(from: string, to: Endpoint): Promise<Connected> {
    const localPort = freshPort();
    const socket = connect({ host: to.address, port: to.port, localAddress: from, localPort });
    socket.setTimeout(patience, () => socket.destroy(new Error('timeout')));
    try {
      const greeting = JSON.parse((await read(socket, (data) => data.includes('\n'))).toString());
      this.#open.set(localPort, socket);
      return { ...(greeting as Greeting), connection: localPort };
    } catch (error) {
      return { error: codeOf(error) };
    }
  }

  async echo(connection: number, bytes: number): Promise<number> {
    const socket = this.#get(connection);
    const sent = Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => index * connection));
    socket.write(sent);
    const back = await read(socket, (data) => data.length >= bytes);
    const changed = sent.findIndex((byte, index) => back[index] !== byte);
    return changed < 0 ? back.length : changed;
  }

  async hangUp(connection: number): Promise<void> {
    const socket = this.#get(connection);
    this.#open.delete(connection);
    const closed = once(socket, 'close');
    socket.end();
    socket.resume();
    await closed;
  }

  #get(connection: number): Socket {
    const socket = this.#open.get(connection);
    if (socket === undefined) throw new Error(`no connection is open from port ${connection}`);
    return socket;
  }
}

/** What arrives until it is enough. */
function read(socket: Socket, enough: (data: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let data = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      data = Buffer.concat([data, chunk]);
      if (enough(data)) finish(() => resolve(data));
    };
    const onEnd = () => finish(() => reject(new Error('ended early')));
    const onError = (error: Error) => finish(() => reject(error));
    const finish = (act: () => void) => {
      socket.off('data', onData).off('end', onEnd).off('error', onError).pause();
      socket.on('error', () => {});
      act();
    };
    socket.on('data', onData).on('end', onEnd).on('error', onError).resume();
  });
}

/** The one word an error has for programs. */
function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
