// Binds a UDP port and keeps it until its input ends.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const [address, port] = process.argv.slice(2) as [string, string];
const socket = createSocket('udp4').bind(Number(port), address);
await once(socket, 'listening');
process.stdout.write('held\n');
process.stdin.resume();
await once(process.stdin, 'end');
socket.close();
