import type { ServiceId } from './service.js';

/** What can be wrong with a value a caller wrote. */
export type ErrorCode =
  | 'E_SCHEMA'
  | 'E_VERSION'
  | 'E_IDENTITY'
  | 'E_ADDRESS'
  | 'E_ADDRESS_KIND'
  | 'E_PROTOCOL'
  | 'E_PORT'
  | 'E_PORT_ZERO'
  | 'E_FWMARK'
  | 'E_SCHEDULER_NAME'
  | 'E_SCHEDULER_FLAGS'
  | 'E_PERSISTENCE_TIMEOUT'
  | 'E_NETMASK'
  | 'E_ENGINE'
  | 'E_ONE_PACKET'
  | 'E_DEST_PORT'
  | 'E_FORWARD'
  | 'E_FAMILY_MIX'
  | 'E_WEIGHT'
  | 'E_THRESHOLD'
  | 'E_TUNNEL'
  | 'E_DUPLICATE_SERVICE'
  | 'E_DUPLICATE_DESTINATION'
  | 'E_DRAIN'
  | 'E_VIP'
  | 'E_TIMEOUT'
  | 'E_SYNC_DAEMON'
  | 'E_SYSCTL';

/** What is taken as it is written, and worth a second look. */
export type WarningCode =
  | 'W_ADDRESS_MAPPED'
  | 'W_SELF_DESTINATION'
  | 'W_FLAGS_UNUSED'
  | 'W_ONE_PACKET_MASQ'
  | 'W_ADOPTED'
  | 'W_NO_CAPACITY'
  | 'W_INCONSISTENT_SNAPSHOT'
  | 'W_HASH_DRAIN'
  | 'W_HASH_REMAP'
  | 'W_HASH_TABLE'
  | 'W_DH_DRAIN'
  | 'W_PERSISTENT_DRAIN'
  | 'W_PERSISTENCE_LINGER'
  | 'W_REUSE_DRAIN'
  | 'W_UDP_NODEST'
  | 'W_TUNNEL_LIVE'
  | 'W_LAST_SERVICE_FAMILY'
  | 'W_TRASH'
  | 'W_VIP_ELSEWHERE'
  | 'W_VIP_FOREIGN';

/** What keeps a plan from being made. */
export type PlanErrorCode =
  | 'E_OUT_OF_SCOPE'
  | 'E_EMPTY_DESIRED'
  | 'E_DELETE_LIMIT'
  | 'E_NOT_ALLOWED'
  | 'E_UNSUPPORTED'
  | 'E_DEVICE_KIND'
  | 'E_SYSCTL';

/** What keeps a plan, or a part of it, from being executed. */
export type ApplyErrorCode =
  | 'E_STALE_PLAN'
  | 'E_PERMISSION'
  | 'E_MODULE'
  | 'E_SCHEDULER_NOT_FOUND'
  | 'E_ENGINE_NOT_FOUND'
  | 'E_KERNEL'
  | 'E_CONTENTION'
  | 'E_ABORTED';

/** The code of something that is said about a plan. */
export type DiagnosticCode = WarningCode | PlanErrorCode | ApplyErrorCode;

/** The code of a finding. */
export type IssueCode = ErrorCode | WarningCode;

/** One finding of a check. */
export interface Issue {
  readonly code: IssueCode;
  /** JSON pointer into what was checked: `/services/0/destinations/1/weight`. */
  readonly path: string;
  /** The service of a document that it is about, where that is known: it stays the same wherever the service stands. */
  readonly service?: ServiceId;
  readonly message: string;
  /** The value found there. */
  readonly value: unknown;
  readonly severity: 'error' | 'warning';
}
