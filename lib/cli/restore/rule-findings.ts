import type { Document } from '../../../types/document.js';
import type { Issue } from '../../../types/issue.js';
import type { Rule } from '../../../types/rules.js';
import { formatServiceId, resolveServiceRef } from '../../model/service-id.js';
import type { Finding, SourceText } from '../source-text.js';

/** What is to be said of what rules come to, each with the line of the rule that says so. */
export function ruleFindings(
  issues: readonly Issue[],
  document: Document,
  rules: readonly Rule[],
  source: SourceText,
): Finding[] {
  return issues.map((issue) => {
    const { severity, code, message } = issue;
    const rule = findRule(issue, document, rules);
    return { severity, code, message, ...partOf(rule, source) };
  });
}

/** The words of a rule; without one, the beginning of the text. */
function partOf(rule: Rule | undefined, source: SourceText): Pick<Finding, 'start' | 'end'> {
  if (rule === undefined) return { start: 0, end: 0 };
  const [from, to] = [source.startOf(rule.line), source.startOf(rule.line + 1)];
  const line = source.text.slice(from, to);
  const blanks = line.length - line.trimStart().length;
  return { start: from + blanks, end: from + line.trimEnd().length };
}

/** The last rule that sets what an issue is about. */
function findRule({ path }: Issue, document: Document, rules: readonly Rule[]): Rule | undefined {
  const [, service, destination] = /^\/services\/(\d+)(?:\/destinations\/(\d+))?/.exec(path) ?? [];
  const entry = document.services[Number(service)];
  if (entry === undefined) return undefined;
  const id = idOf(entry);
  const end =
    destination === undefined || !('destinations' in entry)
      ? undefined
      : entry.destinations?.[Number(destination)];
  return rules.findLast((rule) => {
    if (!('service' in rule) || rule.service === undefined || idOf(rule.service) !== id)
      return false;
    if (end === undefined) return rule.command === 'add-service' || rule.command === 'edit-service';
    return (
      'destination' in rule &&
      rule.command !== 'delete-destination' &&
      rule.destination.address === end.address &&
      rule.destination.port === end.port
    );
  });
}

function idOf(service: unknown): string {
  return formatServiceId(resolveServiceRef(service));
}
