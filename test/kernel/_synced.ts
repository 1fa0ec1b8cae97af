import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { formatAddress } from '#lib/model/address.js';

const execute = promisify(execFile);

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A connection, and how a director came to know of it. */
export interface SyncedConnection {
  readonly protocol: string;
  /** Of a template: the client's network, and port 0. */
  readonly client: Endpoint;
  readonly virtual: Endpoint;
  readonly destination: Endpoint;
  readonly state: string;
  readonly origin: 'local' | 'sync';
  /** Not a connection, but the memory of a client. */
  readonly template: boolean;
}

/** The connections that the director in a namespace knows of. */
export async function syncedConnections(namespace: string): Promise<SyncedConnection[]> {
  const inside = ['netns', 'exec', namespace, 'cat', '/proc/net/ip_vs_conn_sync'];
  const { stdout } = await execute('ip', inside);
  return stdout.trimEnd().split('\n').slice(1).map(parse);
}

function parse(line: string): SyncedConnection {
  const [protocol = '', from = '', fromPort = '', to = '', toPort = '', via = '', viaPort = ''] =
    line.split(/ +/);
  const [state = '', origin = ''] = line.split(/ +/).slice(7);
  return {
    protocol: protocol.toLowerCase(),
    client: parseEndpoint(from, fromPort),
    virtual: parseEndpoint(to, toPort),
    destination: parseEndpoint(via, viaPort),
    state,
    origin: origin === 'SYNC' ? 'sync' : 'local',
    template: fromPort === '0000',
  };
}

function parseEndpoint(address: string, port: string): Endpoint {
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  const bytes = Buffer.from(address.replaceAll(':', ''), 'hex');
  return { address: formatAddress(bytes, family), port: Number.parseInt(port, 16) };
}
