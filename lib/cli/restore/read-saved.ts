import type { SyncDaemonSpec } from '../../../types/daemon.js';
import type { DesiredState } from '../../../types/document.js';
import type { Rule } from '../../../types/rules.js';
import { normalize } from '../../declarative/document/normalize.js';
import { ValidationError } from '../../declarative/document/validation-error.js';
import { documentFromRules } from '../../rules/document-from-rules.js';
import { parseRules } from '../../rules/parse-rules.js';
import { RuleSyntaxError } from '../../rules/rule-syntax-error.js';
import type { Context } from '../context.js';
import { parseDocument } from '../document-file.js';
import { Names } from '../ipvsadm/names.js';
import { readText } from '../read-text.js';
import { SourceError, type SourceText } from '../source-text.js';
import { wantedDaemons } from './daemons.js';
import { type Format, recogniseFormat } from './formats.js';
import { ruleFindings } from './rule-findings.js';

/** What was saved, complete and canonical. */
export interface Saved {
  readonly state: DesiredState;
  readonly daemons: readonly SyncDaemonSpec[];
}

/** Reads what was saved from a file or, with `-`, from standard input. Throws {@link SourceError}. */
export async function readSaved(
  context: Context,
  file: string,
  format: Format | undefined,
): Promise<Saved> {
  const source = await readText(context, file);
  return (format ?? recogniseFormat(source.text, file)) === 'rules'
    ? await readRules(source)
    : { state: parseDocument(source).normalize(), daemons: [] };
}

async function readRules(source: SourceText): Promise<Saved> {
  const rules = await parse(source);
  const document = documentFromRules(rules);
  try {
    return { state: normalize(document), daemons: wantedDaemons(rules) };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new SourceError(source, ruleFindings(error.issues, document, rules, source));
  }
}

async function parse(source: SourceText): Promise<Rule[]> {
  try {
    return await new Names().read((names) => parseRules(source.text, { names }));
  } catch (error) {
    if (!(error instanceof RuleSyntaxError)) throw error;
    const { problem, line, column, text } = error;
    const start = source.startOf(line) + column - 1;
    throw new SourceError(source, [
      { severity: 'error', message: problem, start, end: start + text.length },
    ]);
  }
}
