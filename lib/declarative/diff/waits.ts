import type { CompleteDrainPolicy } from '../../../types/document.js';
import type { Service, ServiceId } from '../../../types/service.js';
import { lacksFallback } from '../hash-schedulers.js';

/** A service on which something is taken away. */
export interface Place {
  readonly id: ServiceId;
  /** As it will be. */
  readonly service: Service;
  readonly policy: CompleteDrainPolicy;
}

export function isUdp(service: Service): boolean {
  return 'protocol' in service && service.protocol === 'udp';
}

/** Whether connections get time to end. */
export function waits({ service, policy }: Place): boolean {
  if (policy.mode === 'immediate' || service.onePacket) return false;
  return !(policy.udp === 'immediate' && isUdp(service));
}

/** The same, of a destination alone: a scheduler that refuses the clients of one without weight can speak against it. */
export function waitsOnStayingService(place: Place): boolean {
  if (!waits(place) || place.service.scheduler === 'dh') return false;
  return !(place.policy.hash === 'immediate' && lacksFallback(place.service));
}
