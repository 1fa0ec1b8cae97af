import type { Paint, Style } from '../colour.js';
import type { Severity } from './check.js';
import type { Diagnosis, Finding, Omission } from './diagnose.js';

/** Characters in a line of codes. */
const width = 88;

const styles: Readonly<Record<Severity, Style>> = { error: 'red', warning: 'yellow', note: 'cyan' };

/** Text of what was found, what was not looked at, and how much there is of each. */
export function formatDiagnosis(diagnosis: Diagnosis, paint: Paint): string {
  const { findings, checked, omitted } = diagnosis;
  return [
    ...findings.map((finding) => formatFinding(finding, paint)),
    ...(omitted.length === 0 ? [] : [formatOmissions(omitted, paint)]),
    `${summarize(findings)} by ${count(checked.length, 'check')}.\n`,
  ].join('\n');
}

function formatFinding(finding: Finding, paint: Paint): string {
  const { code, severity, subject, seen, why, remedy, command } = finding;
  const about = subject === undefined ? '' : `: ${paint('bold', subject)}`;
  return [
    `${paint(styles[severity], severity)} ${code}${about}`,
    `  ${paint('dim', 'seen  ')}  ${seen}`,
    `  ${paint('dim', 'why   ')}  ${why}`,
    `  ${paint('dim', 'remedy')}  ${remedy}`,
    ...(command === undefined ? [] : [`          $ ${command}`]),
    '',
  ].join('\n');
}

/** What was not looked at, by the reason. */
function formatOmissions(omitted: readonly Omission[], paint: Paint): string {
  const reasons = new Map<string, string[]>();
  for (const { code, reason } of omitted)
    reasons.set(reason, [...(reasons.get(reason) ?? []), code]);
  const lines = [...reasons].flatMap(([reason, codes]) => [`  ${reason}:`, ...wrap(codes)]);
  return [paint('dim', 'not looked for'), ...lines, ''].join('\n');
}

/** Words with commas between, in lines that are not too long. */
function wrap(words: readonly string[]): string[] {
  const lines = [''];
  for (const [place, word] of words.entries()) {
    const text = place === words.length - 1 ? word : `${word},`;
    if ((lines.at(-1) ?? '').length + text.length > width) lines.push('');
    lines.push(`${lines.pop()} ${text}`);
  }
  return lines.map((line) => `   ${line}`);
}

function summarize(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'Nothing found';
  const parts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [count(number, severity)];
  });
  return `${parts.join(', ')} found`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
