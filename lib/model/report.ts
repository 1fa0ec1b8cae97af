import { InvalidValueError } from './invalid-value-error.js';
import { formatPointer } from './pointer.js';
import { showValue } from './show-value.js';

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
  | 'W_VIP_ELSEWHERE'
  | 'W_VIP_FOREIGN';

/** The code of a finding. */
export type IssueCode = ErrorCode | WarningCode;

/** One finding of a check. */
export interface Issue {
  readonly code: IssueCode;
  /** JSON pointer into what was checked: `/services/0/destinations/1/weight`. */
  readonly path: string;
  readonly message: string;
  /** The value found there. */
  readonly value: unknown;
  readonly severity: 'error' | 'warning';
}

/**
 * Where a check says what it finds. Paths are JSON pointers, put together only where something is found: a check is
 * given the pointer of what it checks and appends to it.
 */
export interface Report {
  /** Errors so far; a check that began and ended with the same number found nothing wrong. */
  readonly errorCount: number;
  /** Answers `undefined`, so that a check can return it. */
  error(code: ErrorCode, path: string, value: unknown, expected: string): undefined;
  warn(code: WarningCode, path: string, value: unknown, message: string): void;
}

/** For single calls: the first error is thrown as an {@link InvalidValueError}, warnings are dropped. */
export const throwingReport: Report = {
  errorCount: 0,
  error(_code, path, value, expected) {
    throw new InvalidValueError(formatPointer(path), value, expected);
  },
  warn() {},
};

/** For documents: everything is kept, in the order found. */
export class CollectingReport implements Report {
  readonly issues: Issue[] = [];
  #errorCount = 0;

  get errorCount(): number {
    return this.#errorCount;
  }

  error(code: ErrorCode, path: string, value: unknown, expected: string): undefined {
    this.#errorCount += 1;
    const message = `expected ${expected}, got ${showValue(value)}`;
    this.issues.push({ code, path, message, value, severity: 'error' });
  }

  warn(code: WarningCode, path: string, value: unknown, message: string): void {
    this.issues.push({ code, path, message, value, severity: 'warning' });
  }
}

/** What a check returned. With a report that throws there is always something. */
export function present<Value>(checked: Value | undefined): Value {
  if (checked === undefined) throw new TypeError('a check found an error and did not throw');
  return checked;
}
