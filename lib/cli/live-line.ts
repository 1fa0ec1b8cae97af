import type { Output } from './context.js';

/** How often a line is drawn at most: milliseconds. */
const pace = 50;

/** A line at the bottom of a terminal that is drawn over and over. Where the output is no terminal there is none. */
export class LiveLine {
  readonly isLive: boolean;
  readonly #output: Output;
  #text = '';
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(output: Output) {
    this.#output = output;
    this.isLive = output.isTTY === true;
  }

  /** What the line says from now on; not every word of it is seen where it changes fast. */
  show(text: string): void {
    this.#text = text;
    if (!this.isLive || performance.now() - this.#drawnAt < pace) return;
    this.#draw();
  }

  /** Writes a line that stays, above the other. */
  say(text: string): void {
    this.#erase();
    this.#output.write(`${text}\n`);
    if (this.#text !== '' && this.isLive) this.#draw();
  }

  /** Takes the line away. */
  end(): void {
    this.#erase();
    this.#text = '';
  }

  #draw(): void {
    this.#drawnAt = performance.now();
    const width = Math.max(1, (this.#output.columns ?? 80) - 1);
    // A longer one would begin a second line, which nothing takes away.
    const shown = [...this.#text].slice(0, width).join('');
    this.#output.write(`\r\u001b[2K${shown}`);
  }

  #erase(): void {
    if (this.isLive && this.#drawnAt > Number.NEGATIVE_INFINITY) this.#output.write('\r\u001b[2K');
  }
}
