import { readFile } from 'node:fs/promises';
import type { SyncDaemonSpec } from '../../../types/daemon.js';
import type { DesiredState } from '../../../types/document.js';
import type { Rule } from '../../../types/rules.js';
import { normalize } from '../../declarative/document/normalize.js';
import { ValidationError } from '../../declarative/document/validation-error.js';
import { documentFromRules } from '../../rules/document-from-rules.js';
import { parseRules } from '../../rules/parse-rules.js';
import { underline } from '../../rules/underline.js';
import { Names } from '../ipvsadm/names.js';
import { wantedDaemons } from './daemons.js';
import { type Format, recogniseFormat } from './formats.js';
import { describeRuleIssues } from './rule-issues.js';

/** What was saved, complete and canonical. */
export interface Saved {
  readonly state: DesiredState;
  readonly daemons: readonly SyncDaemonSpec[];
}

type Input = AsyncIterable<string | Uint8Array>;

/** Reads what was saved from a file or, with `-`, from a stream. */
export async function readSaved(
  file: string,
  format: Format | undefined,
  input: Input,
): Promise<Saved> {
  const text = file === '-' ? await readAll(input) : await readFile(file, 'utf8');
  const name = file === '-' ? 'the input' : file;
  try {
    return (format ?? recogniseFormat(text, file)) === 'rules'
      ? await readRules(text)
      : { state: normalize(await readDocument(text)), daemons: [] };
  } catch (error) {
    if (error instanceof Error) error.message = `${name}: ${error.message}`;
    throw error;
  }
}

async function readAll(input: Input): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) {
    chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function readRules(text: string): Promise<Saved> {
  const rules: Rule[] = await new Names().read((names) => parseRules(text, { names }));
  const document = documentFromRules(rules);
  try {
    return { state: normalize(document), daemons: wantedDaemons(rules) };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new Error(describeRuleIssues(error.issues, document, rules, text), { cause: error });
  }
}

/** JSON is YAML as well. */
async function readDocument(text: string): Promise<unknown> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error === undefined) return document.toJS();
  const before = text.slice(0, error.pos[0]).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  const source = text.split('\n')[before.length - 1] ?? '';
  const length = Math.min(error.pos[1] - error.pos[0], source.length - column + 1);
  const head = `line ${before.length}, column ${column}: ${error.message}`;
  throw new Error([head, ...underline(source, column, length)].join('\n'), { cause: error });
}
