import type { Ipvs } from 'ipvs';
import { type Addresses, endpoint } from './addresses.js';
import type { Stage } from './stage.js';

/** One virtual address of the stage, its service and the way to the kernel. */
export interface Scene {
  readonly stage: Stage;
  readonly ipvs: Ipvs;
  readonly addresses: Addresses;
  /** `tcp/10.9.0.1:80` */
  readonly service: string;
  /** Where the client goes: `http://10.9.0.1:80/`. */
  readonly url: string;
  readonly signal: AbortSignal;
}

export function makeScene(
  stage: Stage,
  ipvs: Ipvs,
  addresses: Addresses,
  signal: AbortSignal,
): Scene {
  const virtual = endpoint(addresses.virtual);
  return { stage, ipvs, addresses, service: `tcp/${virtual}`, url: `http://${virtual}/`, signal };
}
