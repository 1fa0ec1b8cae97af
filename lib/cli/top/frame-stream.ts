import { Writable } from 'node:stream';
import type { Screen } from './screen.js';

/**
 * What Ink takes for a terminal. With its option `debug` Ink writes each frame as a whole and nothing besides, and the
 * screen finds out what of it is new. Ink's own way would clear the terminal and its scrollback for frames that fill it.
 */
export class FrameStream extends Writable {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    super({ decodeStrings: false });
    this.#screen = screen;
  }

  get columns(): number {
    return this.#screen.size.columns;
  }

  get rows(): number {
    return this.#screen.size.rows;
  }

  override _write(frame: string, _encoding: string, done: () => void): void {
    if (frame !== '') this.#screen.draw(frame);
    done();
  }
}
