import { fileURLToPath } from 'node:url';
import type { Namespace } from './_namespace.js';

const child = fileURLToPath(new URL('children/_traffic.js', import.meta.url));

/** A TCP service on loopback with one destination, which answers on the other of its addresses. */
export interface Echo {
  readonly service: 'tcp/10.9.0.1:80';
  readonly destination: '10.9.0.2:8080';
  /** Makes so many connections, one after the other. */
  connect(times: number): Promise<void>;
}

export async function makeEcho({ ipvs, run }: Namespace): Promise<Echo> {
  const [virtual, destination, client] = ['10.9.0.1', '10.9.0.2', '10.9.0.3'] as const;
  for (const address of [virtual, destination, client]) {
    await run('ip', 'address', 'add', `${address}/32`, 'dev', 'lo');
  }
  await ipvs.addService({ protocol: 'tcp', address: virtual, port: 80, scheduler: 'rr' });
  await ipvs.addDestination('tcp/10.9.0.1:80', { address: destination, port: 8080 });
  return {
    service: 'tcp/10.9.0.1:80',
    destination: '10.9.0.2:8080',
    async connect(times) {
      await run(process.execPath, child, virtual, destination, client, String(times));
    },
  };
}
