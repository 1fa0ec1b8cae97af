import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { DesiredState, NormalizeOptions } from '../../types/document.js';
import type { Issue } from '../../types/issue.js';
import { normalize } from '../declarative/document/normalize.js';
import { ValidationError } from '../declarative/document/validation-error.js';
import { pointerSteps } from '../model/pointer.js';
import type { Context } from './context.js';
import { parseJson } from './json-text.js';
import { readText } from './read-text.js';
import { type Finding, SourceError, type SourceText } from './source-text.js';

/** How often anchors may be used, all that they contain counted: a few lines can mean millions otherwise. */
const mostAliases = 1000;

/** What a text of YAML or JSON says, and where. */
export class ParsedDocument {
  readonly source: SourceText;
  /** Plain data. */
  readonly value: unknown;
  #document: Document | undefined;
  readonly #pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

  /** Without a document of YAML, the text is read as one when something is to be found in it. */
  constructor(source: SourceText, value: unknown, document?: Document) {
    this.source = source;
    this.value = value;
    this.#document = document;
  }

  /** What it asks for. Throws {@link SourceError} with all that is wrong, warnings too. */
  normalize(options?: NormalizeOptions): DesiredState {
    try {
      return normalize(this.value, options);
    } catch (error) {
      throw this.place(error);
    }
  }

  /** The findings of a check, each with the part of the text that it is about. */
  findings(issues: readonly Issue[]): Finding[] {
    return issues.map(({ severity, code, message, path }) => ({
      severity,
      code,
      message,
      ...this.#find(path, code === 'E_SCHEMA'),
    }));
  }

  /** The same error, with places in the text where it has findings. */
  place(error: unknown): unknown {
    if (!(error instanceof ValidationError)) return error;
    return new SourceError(this.source, this.findings(error.issues));
  }

  /** What a JSON pointer leads to, or the nearest thing around it that is there. */
  #find(pointer: string, withName: boolean): Pick<Finding, 'start' | 'end'> {
    this.#document ??= parseYaml(this.source)[0] as Document;
    let value: unknown = this.#document.contents;
    let name: unknown;
    for (const step of pointerSteps(pointer)) {
      const found = this.#step(value, step);
      if (found === undefined) {
        name = undefined;
        break;
      }
      [name, value] = found;
    }
    const [whole, ofName] = [rangeOf(value), rangeOf(name)];
    if (whole === undefined || whole.start === whole.end) return ofName ?? whole ?? nowhere;
    return withName && ofName !== undefined ? { start: ofName.start, end: whole.end } : whole;
  }

  /** What a name or an index leads to: the name, where there is one, and the value. */
  #step(value: unknown, step: string): readonly [name: unknown, value: unknown] | undefined {
    const parent = isAlias(value) ? value.resolve(this.#document as Document) : value;
    if (isSeq(parent)) {
      const item: unknown = parent.items[Number(step)];
      return item === undefined ? undefined : [undefined, item];
    }
    if (!isMap(parent)) return undefined;
    const pair = this.#pairsOf(parent).get(step);
    return pair === undefined ? undefined : [pair.key, pair.value];
  }

  /** The pairs of a map by their names. It can have many, and something wrong with each. */
  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#pairs.get(map);
    if (known !== undefined) return known;
    const named = map.items.filter(({ key }) => isScalar(key));
    // Of those of one name the first counts.
    const pairs = new Map(
      named.reverse().map((pair) => [String((pair.key as Scalar).value), pair] as const),
    );
    this.#pairs.set(map, pairs);
    return pairs;
  }
}

const nowhere = { start: 0, end: 0 };

function rangeOf(node: unknown): Pick<Finding, 'start' | 'end'> | undefined {
  const range = (node as Partial<Node> | null | undefined)?.range;
  return range ? { start: range[0], end: range[1] } : undefined;
}

/** Reads a document from a file, or from standard input where that is `-`. */
export async function readDocumentFile(context: Context, file: string): Promise<ParsedDocument> {
  return parseDocument(await readText(context, file));
}

/** Reads a text that is one document of YAML 1.2 or JSON. Throws {@link SourceError}. */
export function parseDocument(source: SourceText): ParsedDocument {
  const json = parseJson(source.text);
  if (json !== undefined) return new ParsedDocument(source, json.value);
  const parsed = parseYaml(source);
  const parts = 'empty' in parsed ? [parsed] : parsed;
  const wrong = parts.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  if (wrong.length > 0) {
    throw new SourceError(
      source,
      wrong.map((error) => syntaxFinding(source, error)),
    );
  }
  const [document, second] = parsed;
  if (document === undefined) throw refuse(source, 'expected a document, got an empty text');
  if (second !== undefined) {
    const place = rangeOf(second.contents) ?? nowhere;
    throw refuse(source, 'expected one document, and another begins here', place);
  }
  try {
    return new ParsedDocument(source, document.toJS({ maxAliasCount: mostAliases }), document);
  } catch (error) {
    // Alone what aliases lead to is found out so late.
    const { message } = error as Error;
    throw refuse(source, message, placeOfAlias(document, message));
  }
}

/** Where the alias is that an error names. */
function placeOfAlias(document: Document, message: string): typeof nowhere {
  const [, name] = /^Unresolved alias .*: (.*)$/.exec(message) ?? [];
  let place = nowhere;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.source !== name) return undefined;
      place = rangeOf(alias) ?? nowhere;
      return visit.BREAK;
    },
  });
  return place;
}

function parseYaml(source: SourceText): ReturnType<typeof parseAllDocuments> {
  try {
    return parseAllDocuments(source.text, {
      version: '1.2',
      schema: 'core',
      resolveKnownTags: false,
      stringKeys: true,
      prettyErrors: false,
      logLevel: 'error',
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw refuse(source, tooDeep);
  }
}

const tooDeep = 'it is nested too deeply';

function syntaxFinding({ text }: SourceText, { message, pos: [start, end] }: YAMLError): Finding {
  // Of a word, the parser names its beginning.
  const [word = ''] = /^[\p{L}\p{N}_"'-]*/u.exec(text.slice(start, start + 100)) ?? [];
  return {
    severity: 'error',
    message: message.includes('call stack') ? tooDeep : message,
    start,
    end: Math.max(end, start + word.length),
  };
}

function refuse(source: SourceText, message: string, place = nowhere): SourceError {
  return new SourceError(source, [{ severity: 'error', message, ...place }]);
}
