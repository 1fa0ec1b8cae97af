// Opens connections and keeps talking over them until its input ends. Each argument is one: the address and port to
// call from, and those to call, with spaces between.
import { once } from 'node:events';
import { connect } from 'node:net';

const sockets = await Promise.all(
  process.argv.slice(2).map(async (argument) => {
    const [localAddress, localPort, host, port] = argument.split(' ') as [
      string,
      string,
      string,
      string,
    ];
    const socket = connect({
      host,
      port: Number(port),
      localAddress,
      localPort: Number(localPort),
    });
    socket.write('.');
    await once(socket, 'data');
    socket.resume();
    return socket;
  }),
);
process.stdout.write('connected\n');
const talking = setInterval(() => {
  for (const socket of sockets) socket.write('.');
}, 200);
process.stdin.resume();
await once(process.stdin, 'end');
clearInterval(talking);
for (const socket of sockets) socket.destroy();
