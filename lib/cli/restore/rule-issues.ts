import type { Document } from '../../../types/document.js';
import type { Issue } from '../../../types/issue.js';
import type { Rule } from '../../../types/rules.js';
import { formatServiceId, resolveServiceRef } from '../../model/service-id.js';
import { underline } from '../../rules/underline.js';

/** What is wrong with what rules come to, each with the line of the rule that says so. */
export function describeRuleIssues(
  issues: readonly Issue[],
  document: Document,
  rules: readonly Rule[],
  text: string,
): string {
  const sources = text.split('\n');
  const errors = issues.filter(({ severity }) => severity === 'error');
  const lines = errors.flatMap((issue) => {
    const rule = findRule(issue, document, rules);
    if (rule === undefined) return [`${issue.path}: ${issue.message}`];
    const source = (sources[rule.line - 1] ?? '').trimEnd();
    const start = source.length - source.trimStart().length;
    return [
      `line ${rule.line}: ${issue.message} (${issue.code})`,
      ...underline(source, start + 1, source.length - start),
    ];
  });
  const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
  return [`the rules have ${count}`, ...lines].join('\n');
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
