import type { SyncDaemon } from '../../../types/daemon.js';
import type { Ipvs } from '../../kernel/ipvs.js';

/** The listing of the timeouts. */
export async function listTimeouts(ipvs: Ipvs): Promise<string> {
  const { tcp, tcpFin, udp } = await ipvs.timeouts();
  return `Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}\n`;
}

/** The listing of the sync daemons. */
export async function listDaemons(ipvs: Ipvs): Promise<string> {
  const daemons = await ipvs.syncDaemons();
  return daemons.map((daemon) => `${formatDaemon(daemon)}\n`).join('');
}

function formatDaemon(daemon: SyncDaemon): string {
  const { role, syncId, maxLength, group, port, ttl } = daemon;
  const parts = [
    `mcast=${daemon.interface}`,
    `syncid=${syncId}`,
    ...(maxLength === undefined ? [] : [`maxlen=${maxLength}`]),
    ...(group === undefined ? [] : [`group=${group}`]),
    ...(port === undefined ? [] : [`port=${port}`]),
    ...(ttl === undefined ? [] : [`ttl=${ttl}`]),
  ];
  return `${role} sync daemon (${parts.join(', ')})`;
}
