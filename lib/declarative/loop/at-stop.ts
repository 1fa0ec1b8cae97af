import type { DesiredState } from '../../../types/document.js';

/** What should be when nobody looks after it any more. */
export function atStop(desired: DesiredState, onStop: 'quiesce' | 'remove'): DesiredState {
  if (onStop === 'remove') {
    const absent = desired.services.map(({ id, drain }) =>
      drain === undefined ? { id } : { id, drain },
    );
    return { ...desired, services: [], absent: [...desired.absent, ...absent] };
  }
  const services = desired.services.map((service) => ({
    ...service,
    destinations: service.destinations.map((destination) => ({ ...destination, weight: 0 })),
  }));
  return { ...desired, services };
}
