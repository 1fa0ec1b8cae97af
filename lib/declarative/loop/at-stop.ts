import type { DesiredState } from '../../../types/document.js';

/** What should be when nobody looks after it any more. Settings stay as they are. */
export function atStop(desired: DesiredState, onStop: 'quiesce' | 'remove'): DesiredState {
  const { sysctls: _sysctls, timeouts: _timeouts, ...state } = desired;
  return onStop === 'remove' ? withoutServices(state) : withoutWeights(state);
}

/** Addresses go with the services that were on them. */
function withoutServices(desired: DesiredState): DesiredState {
  const { vips } = desired;
  const removed = desired.services.map(({ id }) => ({ id }));
  const absent = [...desired.absent.map(({ id }) => ({ id })), ...removed];
  const state = { ...desired, services: [], absent };
  return vips === undefined ? state : { ...state, vips: { ...vips, bind: [] } };
}

function withoutWeights(desired: DesiredState): DesiredState {
  const services = desired.services.map(({ ignore: _ignore, ...service }) => ({
    ...service,
    destinations: service.destinations.map((destination) => ({ ...destination, weight: 0 })),
  }));
  return { ...desired, services };
}
