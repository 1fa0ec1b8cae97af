import type { ApplyReport, OperationResult, SkipReason } from '../../../types/apply.js';
import type { Paint } from '../colour.js';

const reasons: Readonly<Record<SkipReason, string>> = {
  dependency: 'what had to be done before was not',
  gated: 'nothing is taken away from a service where something failed',
  stopped: 'the first failure was the end',
  aborted: 'the run was interrupted',
};

/** What became of an operation, on one line. */
export function describeResult(result: OperationResult): string {
  const { op, service, destination, address, status, code, message } = result;
  const target = destination === undefined ? (service ?? address) : `${service} -> ${destination}`;
  const said = [code, message].filter((part) => part !== undefined).join(': ');
  return `${op} ${target ?? ''}: ${status}${said === '' ? '' : `, ${said}`}`;
}

/** What a run came to: failures, what was left out and why, and the sum. Ends with a newline. */
export function formatReport(report: ApplyReport, paint: Paint): string {
  const failed = report.results.filter(({ code }) => code !== undefined);
  const lines = [
    ...failed.map((result) => paint('red', `! ${describeResult(result)}`)),
    ...report.diagnostics.map(({ severity, code, message, address }) =>
      paint(
        severity === 'error' ? 'red' : 'yellow',
        `! ${code}${address === undefined ? '' : ` ${address}`}: ${message}`,
      ),
    ),
    ...skipLines(report),
    summaryLine(report),
  ];
  return `${lines.join('\n')}\n`;
}

function skipLines({ results }: ApplyReport): string[] {
  const counts = new Map<SkipReason, number>();
  for (const { skipReason } of results) {
    if (skipReason !== undefined) counts.set(skipReason, (counts.get(skipReason) ?? 0) + 1);
  }
  return [...counts].map(([reason, number]) => `${number} left out: ${reasons[reason]}`);
}

const words = [
  ['ok', 'done'],
  ['noop', 'so already'],
  ['failed', 'failed'],
  ['skipped', 'left out'],
  ['rolled-back', 'undone'],
  ['rollback-failed', 'not to be undone'],
  ['pending', 'waiting for connections to end'],
] as const;

function summaryLine({ results, rounds }: ApplyReport): string {
  const parts = words.flatMap(([status, word]) => {
    const number = results.filter((result) => result.status === status).length;
    return number === 0 ? [] : [`${number} ${word}`];
  });
  const often = rounds > 1 ? `, in ${rounds} rounds` : '';
  return `Applied: ${parts.length === 0 ? 'nothing to do' : parts.join(', ')}${often}.`;
}
