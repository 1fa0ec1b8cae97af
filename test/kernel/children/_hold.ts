// For each of its arguments, a virtual address, a destination's and a client's with commas between: serves at the
// destination and connects twice. Tells the clients' ports, and holds the connections until it is told to end.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

const held: Socket[] = [];

async function hold(virtual: string, destination: string, client: string) {
  const server = createServer((socket) => held.push(socket)).listen(8080, destination);
  await once(server, 'listening');
  const sockets = [0, 1].map(() => connect({ host: virtual, port: 80, localAddress: client }));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  held.push(...sockets);
  return { server, ports: sockets.map(({ localPort }) => localPort) };
}

const routes = process.argv.slice(2).map((each) => each.split(',') as [string, string, string]);
const holds = await Promise.all(routes.map((route) => hold(...route)));
process.stdout.write(`${JSON.stringify(holds.map(({ ports }) => ports))}\n`);
process.stdin.resume();
await once(process.stdin, 'end');
for (const socket of held) socket.destroy();
for (const { server } of holds) server.close();
