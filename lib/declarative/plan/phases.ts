import type { OperationKind, Phase } from '../../../types/plan.js';

/** The phases in the order of execution. */
export const phases: readonly Phase[] = [
  'settings',
  'device',
  'create',
  'expand',
  'bind',
  'tune',
  'retouch',
  'contract',
  'remove-dest',
  'restore',
  'remove-service',
  'unbind',
  'cleanup',
];

/** Every kind of operation, and the phases it can be in. */
export const phasesOf: { readonly [Kind in OperationKind]: readonly Phase[] } = {
  'add-service': ['create'],
  'set-service': ['tune', 'restore'],
  'del-service': ['remove-service'],
  'add-dest': ['create', 'expand'],
  'set-dest': ['expand', 'retouch', 'contract'],
  'del-dest': ['remove-dest'],
  'bind-vip': ['bind'],
  'unbind-vip': ['unbind'],
  'ensure-device': ['device'],
  'remove-device': ['cleanup'],
  'set-timeouts': ['settings'],
  'set-sysctl': ['settings'],
};

/** Every kind of operation. */
export const operationKinds = Object.keys(phasesOf) as readonly OperationKind[];
