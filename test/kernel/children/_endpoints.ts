// Serves on port 8080 of every address of the namespace it runs in, and says at once at which of them; over UDP, on the
// addresses it is started with. Told "ask", clients connect and say who answered; told "hold", they stay connected.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Where a client connects, and from which address. */
interface Call {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly times?: number;
}

const patience = 5000;
const held: Socket[] = [];

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.write((socket.localAddress ?? '').replace('::ffff:', ''));
  socket.pipe(socket);
});
server.listen(8080, '::');
await once(server, 'listening');
for (const address of process.argv.slice(2)) {
  const socket = createSocket('udp4');
  socket.bind(8080, address);
  socket.on('message', (_, { port, address: client }) => socket.send(address, port, client));
  await once(socket, 'listening');
}

/** The next thing that is heard; rejects when the connection is over before. */
function hear(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(socket.errored ?? new Error('closed'));
    if (socket.destroyed) return lost();
    socket.once('close', lost);
    socket.once('data', (data) => {
      socket.off('close', lost);
      resolve(String(data));
    });
  });
}

async function open({ from, to, port }: Call): Promise<{ socket: Socket; answer: string }> {
  const socket = connect({ host: to, port, localAddress: from });
  socket.on('error', () => {});
  // A packet that nobody answers is no error of its own.
  socket.setTimeout(patience, () => socket.destroy(new Error('no answer')));
  return { socket, answer: await hear(socket) };
}

async function end(socket: Socket): Promise<void> {
  const closed = once(socket, 'close');
  socket.end();
  await closed;
}

async function outcome(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code ?? message;
  }
}

async function repeat({ times = 1 }: Call, work: () => Promise<string>): Promise<string[]> {
  const outcomes: string[] = [];
  for (let each = 0; each < times; each += 1) outcomes.push(await outcome(work));
  return outcomes;
}

const commands: Readonly<Record<string, (call: Call) => Promise<unknown>>> = {
  ask: (call) =>
    repeat(call, async () => {
      const { socket, answer } = await open(call);
      await end(socket);
      return answer;
    }),
  hold: (call) =>
    repeat(call, async () => {
      const { socket, answer } = await open(call);
      held.push(socket);
      return answer;
    }),
  /** Every connection that is held says something, and hears it. */
  talk: () =>
    Promise.all(
      held.map((socket) =>
        outcome(() => {
          const heard = hear(socket);
          socket.write('still there');
          return heard;
        }),
      ),
    ),
  async close() {
    await Promise.all(held.splice(0).map(end));
  },
  askByUdp: (call) =>
    repeat(call, async () => {
      const socket = createSocket('udp4');
      socket.bind(0, call.from);
      await once(socket, 'listening');
      socket.send('who?', call.port, call.to);
      try {
        const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(patience) });
        return String(answer);
      } finally {
        socket.close();
      }
    }),
};

process.stdout.write('ready\n');
for await (const line of createInterface(process.stdin)) {
  const [name, call] = JSON.parse(line) as [string, Call];
  const answer = await commands[name]?.(call);
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}
// Servers can have connections of which the client has heard nothing any more.
process.exit();
