export type { Backend } from '../../types/backend.js';
export type { Clock } from '../../types/clock.js';
export type { Delivery } from './connection-table.js';
export type { EntryState } from './entries.js';
export { FakeClock } from './fake-clock.js';
export { FakeConnection } from './fake-connection.js';
export {
  type ConnectOptions,
  FakeKernel,
  type FakeKernelOptions,
  type HookFilter,
} from './fake-kernel.js';
export type { CallFilter, Dump, DumpFilter, FakeCall, Fault, FaultSpec } from './faults.js';
export type {
  DestinationRequest,
  RawDestination,
  RawService,
  RawStats,
  ServiceRequest,
} from './raw.js';
export type { ServiceTable } from './service-table.js';
