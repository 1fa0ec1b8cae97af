// Serves on one address of the namespace it runs in, and connects as often as its argument says through another.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const [virtual, destination, client, times] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const server = createServer((socket) => socket.pipe(socket)).listen(8080, destination);
await once(server, 'listening');
for (let index = 0; index < Number(times); index += 1) {
  const socket = connect({ host: virtual, port: 80, localAddress: client });
  socket.end('0123456789');
  let echoed = '';
  for await (const chunk of socket) echoed += String(chunk);
  process.stdout.write(`${echoed}\n`);
}
server.close();
