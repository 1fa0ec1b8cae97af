import type { SyncDaemon, SyncDaemonSpec, SyncRole } from '../../../types/daemon.js';
import type { Rule } from '../../../types/rules.js';

/** What becomes of the sync daemons. None is ever stopped: what it has not sent yet would be lost. */
export interface DaemonPlan {
  readonly start: readonly SyncDaemonSpec[];
  /** Of those that run already otherwise than they should. */
  readonly conflicts: readonly string[];
}

/** The sync daemons that run when all rules have been carried out. */
export function wantedDaemons(rules: readonly Rule[]): SyncDaemonSpec[] {
  const daemons = new Map<SyncRole, SyncDaemonSpec>();
  for (const rule of rules) {
    if (rule.command === 'start-daemon') daemons.set(rule.daemon.role, rule.daemon);
    if (rule.command === 'stop-daemon') daemons.delete(rule.role);
  }
  return [...daemons.values()];
}

/** Compares the daemons that should run with those that do. */
export function planDaemons(
  wanted: readonly SyncDaemonSpec[],
  running: readonly SyncDaemon[],
): DaemonPlan {
  const start: SyncDaemonSpec[] = [];
  const conflicts: string[] = [];
  for (const daemon of wanted) {
    const actual = running.find(({ role }) => role === daemon.role);
    if (actual === undefined) start.push(daemon);
    else if (!isAsWanted(actual, daemon)) {
      conflicts.push(
        `the ${daemon.role} sync daemon runs with other settings, which cannot be changed: stop it first`,
      );
    }
  }
  return { start, conflicts };
}

/** Whether it is all that was named; the rest is the kernel's choice. */
function isAsWanted(actual: SyncDaemon, wanted: SyncDaemonSpec): boolean {
  const fields = ['interface', 'syncId', 'maxLength', 'group', 'port', 'ttl'] as const;
  return fields.every((field) => wanted[field] === undefined || wanted[field] === actual[field]);
}
