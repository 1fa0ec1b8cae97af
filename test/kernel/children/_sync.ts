// Tells the backup daemon of its namespace of the connections in each line, or of those of a large table between two
// numbers; its argument is the address of the daemon's device.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { largeTableConnection } from '../_large-table.js';
import { encodeMessage, mostPerMessage, type SyncedConnection } from '../_sync-messages.js';

type Question =
  | { readonly connections: readonly SyncedConnection[] }
  | { readonly from: number; readonly to: number };

const socket = createSocket('udp4');
socket.bind();
await once(socket, 'listening');
socket.setMulticastInterface(process.argv[2] as string);
socket.setMulticastLoopback(true);

async function send(connections: readonly SyncedConnection[]): Promise<void> {
  const message = encodeMessage(connections);
  await new Promise<void>((resolve, reject) => {
    socket.send(message, 8848, '224.0.0.81', (error) => (error ? reject(error) : resolve()));
  });
}

for await (const line of createInterface(process.stdin)) {
  const question = JSON.parse(line) as Question;
  const connections =
    'connections' in question
      ? question.connections
      : Array.from({ length: question.to - question.from }, (_, index) =>
          largeTableConnection(question.from + index),
        );
  for (let start = 0; start < connections.length; start += mostPerMessage) {
    await send(connections.slice(start, start + mostPerMessage));
  }
  process.stdout.write('sent\n');
}
socket.close();
