import type { Size } from './size.js';

/** A terminal that text is written to. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

const sequence = '\u001b[';
// The alternate screen, no cursor, no wrapping.
const enter = `${sequence}?1049h${sequence}?25l${sequence}?7l${sequence}2J`;
const leave = `${sequence}?7h${sequence}?25h${sequence}?1049l`;
// What is between these two appears at once, where the terminal knows them.
const begin = `${sequence}?2026h`;
const end = `${sequence}?2026l`;

/** The alternate screen of a terminal, of which only the lines that change are written. */
export class Screen {
  readonly #terminal: Terminal;
  #lines: readonly string[] = [];
  #isOpen = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get size(): Size {
    const { columns, rows } = this.#terminal;
    return { columns, rows };
  }

  open(): void {
    this.#isOpen = true;
    this.#terminal.write(enter);
  }

  /** Shows what was there before. Can be called more than once, also when the process ends. */
  readonly close = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.write(leave);
  };

  /** Shows a frame: lines, from the first one on. */
  draw(frame: string): void {
    if (!this.#isOpen) return;
    const lines = frame.split('\n').slice(0, this.#terminal.rows);
    let text = '';
    for (let row = 0; row < Math.max(lines.length, this.#lines.length); row += 1) {
      if (lines[row] === this.#lines[row]) continue;
      // Erased first: at the end of a full line, the last character would be.
      text += `${sequence}${row + 1};1H${sequence}2K${lines[row] ?? ''}${sequence}0m`;
    }
    this.#lines = lines;
    if (text !== '') this.#terminal.write(`${begin}${text}${end}`);
  }

  /** The next frame is written as a whole. */
  clear(): void {
    if (!this.#isOpen) return;
    this.#lines = [];
    this.#terminal.write(`${sequence}2J`);
  }
}
