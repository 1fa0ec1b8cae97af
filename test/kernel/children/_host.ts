// A machine in the network of a traffic test: serves, and calls others.
import { play } from '../../../demo/play.js';
import type { HostRole } from '../_host-role.js';
import { serveFiles } from './_host-ftp.js';
import { fetchFile } from './_host-ftp-client.js';
import { serveTcp, TcpCaller } from './_host-tcp.js';
import { ask, serveUdp } from './_host-udp.js';

const [, , name = 'nameless'] = process.argv;
const servers = { connections: serveTcp, datagrams: serveUdp, files: serveFiles };
const caller = new TcpCaller();

play<HostRole>({
  serve: (kind, at) => servers[kind](name, at),
  connect: (from, to) => caller.connect(from, to),
  echo: (connection, bytes) => caller.echo(connection, bytes),
  hangUp: (connection) => caller.hangUp(connection),
  ask,
  fetch: fetchFile,
});
