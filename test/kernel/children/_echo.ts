// Sends back what it is sent, over both families, until its input ends.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

const [port] = process.argv.slice(2) as [string];
const sockets = new Set<Socket>();
const server = createServer((socket) => {
  sockets.add(socket);
  socket.on('error', () => {});
  socket.pipe(socket);
}).listen(Number(port), '::');
await once(server, 'listening');
process.stdout.write('listening\n');
process.stdin.resume();
await once(process.stdin, 'end');
server.close();
for (const socket of sockets) socket.destroy();
