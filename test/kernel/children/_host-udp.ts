import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { endpoint } from '../../../demo/addresses.js';
import type { Answer, Endpoint, Greeting } from '../_host-role.js';
import { freshPort } from './_host-ports.js';

const patience = 20_000;

/** Answers each datagram with a greeting, from the address it was sent to. */
export async function serveUdp(server: string, { address, port }: Endpoint): Promise<void> {
  const socket = await bind(address, port);
  socket.on('message', (_: Buffer, from: RemoteInfo) => {
    const greeting: Greeting = {
      server,
      from: endpoint(from.address, from.port),
      at: endpoint(address, port),
    };
    socket.send(JSON.stringify(greeting), from.port, from.address);
  });
}

/** Sends datagrams from one new port, each when the one before has been answered. */
export async function ask(from: string, to: Endpoint, texts: readonly string[]): Promise<Answer[]> {
  const socket = await bind(from, freshPort());
  try {
    socket.connect(to.port, to.address);
    await once(socket, 'connect');
    const answers: Answer[] = [];
    for (const text of texts) answers.push(await askOnce(socket, text));
    return answers;
  } finally {
    socket.close();
  }
}

async function askOnce(socket: Socket, text: string): Promise<Answer> {
  const answered = once(socket, 'message', { signal: AbortSignal.timeout(patience) });
  // What was refused is told by an event, perhaps before the sending is done.
  answered.catch(() => {});
  socket.send(text);
  try {
    const [data] = (await answered) as [Buffer];
    return { ...(JSON.parse(data.toString()) as Greeting), bytes: data.length };
  } catch (error) {
    const { code, cause } = error as NodeJS.ErrnoException & { cause?: Error };
    return { error: cause?.name ?? code ?? String(error) };
  }
}

async function bind(address: string, port: number): Promise<Socket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.bind({ address, port });
  await once(socket, 'listening');
  return socket;
}
