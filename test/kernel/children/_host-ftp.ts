import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { endpoint } from '../../../demo/addresses.js';
import type { Endpoint, Greeting } from '../_host-role.js';
import { freshPort } from './_host-ports.js';

/** Where a server's connections for data come from, if it opens them. */
const dataPort = 20;

const padding = '.'.repeat(20_000);

/** A server of files, with as few of the protocol's words as will do. It has one file: a greeting, and what makes it long. */
export async function serveFiles(server: string, { address, port }: Endpoint): Promise<void> {
  const listener = createServer((control) => {
    control.on('error', () => {});
    new FileSession(server, control).begin();
  });
  listener.listen(port, address);
  await once(listener, 'listening');
}

class FileSession {
  readonly #server: string;
  readonly #control: Socket;
  /** Waits for the client, or goes to it. */
  #openData: () => Promise<Socket> = () => Promise.reject(new Error('no way for data'));

  constructor(server: string, control: Socket) {
    this.#server = server;
    this.#control = control;
  }

  begin(): void {
    createInterface({ input: this.#control }).on('line', async (line) => {
      const [command = '', argument = ''] = line.split(' ');
      try {
        this.#say(await this.#obey(command, argument));
      } catch (error) {
        this.#say(`425 ${String(error)}`);
      }
      if (command === 'QUIT') this.#control.end();
    });
    this.#say(`220 ${this.#server}`);
  }

  #say(reply: string): void {
    this.#control.write(`${reply}\r\n`);
  }

  async #obey(command: string, argument: string): Promise<string> {
    switch (command) {
      case 'USER':
        return '230 Welcome';
      case 'PASV': {
        const port = await this.#await();
        const numbers = [...(this.#control.localAddress ?? '').split('.'), port >> 8, port & 255];
        return `227 Entering Passive Mode (${numbers.join(',')})`;
      }
      case 'EPSV':
        return `229 Entering Extended Passive Mode (|||${await this.#await()}|)`;
      case 'PORT': {
        const [a, b, c, d, high, low] = argument.split(',');
        this.#goTo([a, b, c, d].join('.'), Number(high) * 256 + Number(low));
        return '200 That will do';
      }
      case 'EPRT': {
        const [, , address = '', port] = argument.split('|');
        this.#goTo(address, Number(port));
        return '200 That will do';
      }
      case 'RETR':
        return this.#send();
      case 'QUIT':
        return '221 Goodbye';
      default:
        return '502 Unknown';
    }
  }

  async #await(): Promise<number> {
    const port = freshPort();
    const listener = createServer();
    listener.listen(port, this.#control.localAddress);
    await once(listener, 'listening');
    const accepted = accept(listener);
    accepted.catch(() => {});
    this.#openData = () => accepted;
    return port;
  }

  #goTo(host: string, port: number): void {
    const localAddress = this.#control.localAddress ?? '';
    this.#openData = async () => {
      const data = connect({ host, port, localAddress, localPort: dataPort });
      await once(data, 'connect');
      return data;
    };
  }

  async #send(): Promise<string> {
    this.#say('150 It is coming');
    const data = await this.#openData();
    const { remoteAddress = '', remotePort, localAddress = '', localPort } = data;
    const from = endpoint(remoteAddress, remotePort);
    const at = endpoint(localAddress, localPort);
    const closed = once(data, 'close');
    const greeting: Greeting = { server: this.#server, from, at };
    data.end(`${JSON.stringify(greeting)}\n${padding}`);
    data.resume();
    await closed;
    return '226 That was it';
  }
}

/** The one connection that a listener is for. */
export async function accept(listener: Server): Promise<Socket> {
  const [socket] = (await once(listener, 'connection')) as [Socket];
  listener.close();
  return socket;
}
