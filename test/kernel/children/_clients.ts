// Serves on port 8080 of every address of the namespace it runs in. Told "begin", clients connect to the virtual address
// over and over; told "hold", so many connections stay open; told "end", it says how both came out.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

const [virtual, client] = process.argv.slice(2) as [string, string];
const patience = 5000;
const outcomes: Record<string, number> = {};
const held: Socket[] = [];
const loops: Promise<void>[] = [];
let isOver = false;

const server = createServer((socket) => socket.on('error', () => {}).pipe(socket));
server.listen(8080, '0.0.0.0');
await once(server, 'listening');

const count = (outcome: string) => {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
};

async function open(): Promise<Socket> {
  const socket = connect({ host: virtual, port: 80, localAddress: client });
  socket.on('error', () => {});
  // A packet that nobody answers is no error of its own.
  socket.setTimeout(patience, () => socket.destroy(new Error('no answer')));
  await until(socket, 'connect');
  return socket;
}

/** Waits for an event; rejects when the connection is over before, for whatever reason. */
function until(socket: Socket, event: 'connect' | 'data' | 'end'): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(socket.errored ?? new Error('closed'));
    if (socket.destroyed) return lost();
    socket.once('close', lost);
    socket.once(event, () => {
      socket.off('close', lost);
      resolve();
    });
  });
}

/** Says something, and hears it. */
async function talk(socket: Socket): Promise<void> {
  const heard = until(socket, 'data');
  socket.write('x');
  await heard;
}

async function finish(socket: Socket): Promise<void> {
  const ended = until(socket, 'end');
  socket.end();
  await ended;
}

async function record(work: () => Promise<void>): Promise<void> {
  try {
    await work();
    count('served');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    count(code ?? message);
  }
}

async function connectOverAndOver(): Promise<void> {
  while (!isOver) {
    await record(async () => {
      const socket = await open();
      await talk(socket);
      await finish(socket);
    });
  }
}

const commands: Readonly<Record<string, (number: number) => Promise<unknown>>> = {
  async begin(clients) {
    for (let each = 0; each < clients; each += 1) loops.push(connectOverAndOver());
  },
  async hold(connections) {
    for (let each = 0; each < connections; each += 1) {
      const socket = await open();
      await talk(socket);
      // It may be long until it is used again.
      socket.setTimeout(0);
      held.push(socket);
    }
  },
  /** Each connection that was held says something again, and ends. */
  async release() {
    for (const socket of held.splice(0)) {
      socket.setTimeout(patience);
      await record(async () => {
        await talk(socket);
        await finish(socket);
      });
    }
    return outcomes;
  },
  async end() {
    isOver = true;
    await Promise.all(loops);
    return outcomes;
  },
};

process.stdout.write('ready\n');
for await (const line of createInterface(process.stdin)) {
  const [name, number] = JSON.parse(line) as [string, number];
  const answer = await commands[name]?.(number);
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}
// Servers can have connections of which the client has heard nothing any more.
process.exit();
