/** A word of a line. */
export interface Word {
  readonly text: string;
  /** Of its first character, from 1. */
  readonly column: number;
}

/** The words of a line up to one that begins with `#`. */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  for (const match of line.matchAll(/[^ \t\r]+/g)) {
    const [text] = match;
    if (text.startsWith('#')) break;
    words.push({ text, column: match.index + 1 });
  }
  return words;
}
