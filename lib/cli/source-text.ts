import type { Paint } from './colour.js';
import { ShownError } from './failure.js';

/** Where in a text something stands, as people count: both from 1. */
export interface Place {
  readonly line: number;
  /** In characters. */
  readonly column: number;
}

/** Something that is to be said about a part of a text. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code?: string;
  readonly message: string;
  /** Offsets of the part's beginning and end, as JavaScript counts; they may be the same. */
  readonly start: number;
  readonly end: number;
}

/** How much of a long line is shown, in characters. */
const widest = 100;
/** How much of a long line is shown before what is underlined. */
const before = 40;

/** A text that somebody wrote, such as a file, and where its lines begin. */
export class SourceText {
  /** What people call it: the name of a file. */
  readonly name: string;
  readonly text: string;
  #starts: readonly number[] | undefined;
  #pairs: readonly number[] | undefined;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /** The line and column of an offset. */
  placeOf(offset: number): Place {
    const line = this.#lineOf(offset);
    const start = this.#lineStarts[line] as number;
    return { line: line + 1, column: offset - start - this.#pairsBetween(start, offset) + 1 };
  }

  /** Where a line begins, counted from 1; the end of the text if it has no such line. */
  startOf(line: number): number {
    return this.#lineStarts[line - 1] ?? this.text.length;
  }

  /** The line in which a part begins, and under it a mark below the part. Ends with a newline. */
  quote(start: number, end: number, mark: (text: string) => string = (text) => text): string {
    const line = this.#lineOf(start);
    const [from, to] = this.#window(line, start);
    const number = String(line + 1);
    const head = visible(this.text.slice(from.offset, start));
    const body = visible(this.text.slice(start, Math.min(end, to.offset)).trimEnd());
    const tail = visible(this.text.slice(start, to.offset)).slice(body.length);
    const [left, right] = [from.isCut ? '…' : '', to.isCut ? '…' : ''];
    const padding = ' '.repeat([...left, ...head].length);
    const carets = mark('^'.repeat(Math.max(1, [...body].length)));
    return [
      `  ${number} | ${left}${head}${body}${tail}${right}`.trimEnd(),
      `  ${' '.repeat(number.length)} | ${padding}${carets}`,
      '',
    ].join('\n');
  }

  /** The part of a line that is shown. */
  #window(line: number, start: number) {
    const first = this.#lineStarts[line] as number;
    const next = this.#lineStarts[line + 1];
    const last = next === undefined ? this.text.length : next - 1;
    if (last - first <= widest) {
      return [
        { offset: first, isCut: false },
        { offset: last, isCut: false },
      ] as const;
    }
    const from = Math.max(first, start - before);
    const to = Math.min(last, from + widest);
    return [
      { offset: from, isCut: from > first },
      { offset: to, isCut: to < last },
    ] as const;
  }

  /** The number of the line that an offset is in, from 0. */
  #lineOf(offset: number): number {
    return countUpTo(this.#lineStarts, offset) - 1;
  }

  /** How many characters between two offsets JavaScript counts twice. A line can be long, and have much wrong in it. */
  #pairsBetween(start: number, end: number): number {
    this.#pairs ??= [...this.text.matchAll(/[\u{10000}-\u{10ffff}]/gu)].map(
      ({ index }) => index + 2,
    );
    return countUpTo(this.#pairs, end) - countUpTo(this.#pairs, start);
  }

  get #lineStarts(): readonly number[] {
    this.#starts ??= lineStarts(this.text);
    return this.#starts;
  }
}

/** How many of some offsets in ascending order are not beyond another. */
function countUpTo(offsets: readonly number[], limit: number): number {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) {
    starts.push(end + 1);
  }
  return starts;
}

/** What a text may do to a terminal stays out of what is shown of it. */
function visible(text: string): string {
  return text
    .replaceAll('\r', '')
    .replaceAll('\t', ' ')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '·');
}

/** A finding on one line: `web.yaml:4:7: expected … (E_WEIGHT)`. */
export function describeFinding(source: SourceText, { code, message, start }: Finding): string {
  const { line, column } = source.placeOf(start);
  return `${source.name}:${line}:${column}: ${message}${code === undefined ? '' : ` (${code})`}`;
}

/** A finding with its place, what is said of it, and the text underlined. Ends with a newline. */
export function formatFinding(source: SourceText, finding: Finding, paint: Paint): string {
  const { severity, code, message, start, end } = finding;
  const { line, column } = source.placeOf(start);
  const style = severity === 'error' ? 'red' : 'yellow';
  const label = paint(style, code === undefined ? severity : `${severity} ${code}`);
  const head = `${paint('bold', `${source.name}:${line}:${column}:`)} ${label}: ${message}`;
  return `${head}\n${source.quote(start, end, (text) => paint(style, text))}`;
}

/** A finding as programs read it. */
export interface PlacedFinding extends Omit<Finding, 'start' | 'end'>, Place {}

/** A text is not what it should be. */
export class SourceError extends ShownError {
  override readonly name = 'SourceError';
  readonly file: string;
  /** All that was found, warnings too, in the order of the text. */
  readonly findings: readonly PlacedFinding[];
  readonly #source: SourceText;
  readonly #findings: readonly Finding[];

  constructor(source: SourceText, findings: readonly Finding[]) {
    const errors = findings.filter(({ severity }) => severity === 'error');
    const lines = errors.map((finding) => describeFinding(source, finding));
    super(lines.join('\n'));
    this.file = source.name;
    this.#source = source;
    this.#findings = findings;
    this.findings = findings.map(({ start, end: _, ...finding }) => ({
      ...source.placeOf(start),
      ...finding,
    }));
  }

  override show(paint: Paint): string {
    return this.#findings.map((finding) => formatFinding(this.#source, finding, paint)).join('');
  }
}
