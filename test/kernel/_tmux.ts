import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';

const run = promisify(execFile);

/** A shell in a terminal of tmux, whose keys are sent and whose screen is read. */
export class Terminal {
  readonly #server = `test-${randomBytes(6).toString('hex')}`;

  private constructor() {}

  static async open(
    t: Pick<ExecutionContext, 'teardown'>,
    { columns = 120, rows = 30 } = {},
  ): Promise<Terminal> {
    const terminal = new Terminal();
    const size = ['-x', String(columns), '-y', String(rows)];
    const shell = 'PS1="ready> " exec sh';
    await run(
      'tmux',
      ['-u', '-L', terminal.#server, '-f', '/dev/null', 'new-session', '-d', ...size, shell],
      { env: withoutNoColour() },
    );
    t.teardown(() => terminal.#tmux('kill-server'));
    return terminal;
  }

  /** Types text as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', '--', text);
  }

  /** Presses keys by tmux's names: `Enter`, `Up`, `C-c`, or a letter. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', '--', ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** The lines of the screen; with `styled`, with the escapes of their styles. */
  async screen({ styled = false } = {}): Promise<string[]> {
    const text = await this.#tmux('capture-pane', '-p', ...(styled ? ['-e'] : []));
    return text.split('\n').slice(0, -1);
  }

  /** Reads the screen until it holds, for at most a minute, and returns it. */
  async until(holds: (text: string, lines: readonly string[]) => boolean): Promise<string[]> {
    const end = Date.now() + 60_000;
    for (;;) {
      const lines = await this.screen();
      if (holds(lines.join('\n'), lines)) return lines;
      if (Date.now() > end) throw new Error(`the screen stays\n${lines.join('\n')}`);
      await wait(100);
    }
  }

  /** What the terminal is like: which screen is shown, and whether there is a cursor. */
  async mode(): Promise<string> {
    const format = '#{?alternate_on,alternate,normal} #{?cursor_flag,cursor,none}';
    return (await this.#tmux('display-message', '-p', format)).trim();
  }

  async #tmux(...words: readonly string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-u', '-L', this.#server, ...words]);
    return stdout;
  }
}

/** The lab's programs write no colours, but this terminal shows them. */
function withoutNoColour(): NodeJS.ProcessEnv {
  const { NO_COLOR: _, ...environment } = process.env;
  return { ...environment, LC_ALL: 'C.UTF-8' };
}
