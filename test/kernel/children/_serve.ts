// Serves on addresses of the namespace it runs in until its input ends; tells each client which one it met, and who it is.
import { once } from 'node:events';
import { createServer } from 'node:net';

for (const address of process.argv.slice(2)) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${address} to ${socket.remoteAddress}`);
  });
  await once(server.listen(8080, address), 'listening');
}
process.stdout.write('listening');
for await (const _ of process.stdin);
process.exit();
