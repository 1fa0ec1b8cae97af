import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

const folder = fileURLToPath(new URL('../../unpacked/prometheus/usr/bin/', import.meta.url));

/** Whether Debian's package was unpacked. */
export const hasPrometheus = existsSync(join(folder, 'prometheus'));

/** What `promtool` has against a text of metrics; empty when nothing. */
export function complaintsOf(text: string): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile(
      join(folder, 'promtool'),
      ['check', 'metrics'],
      (error, stdout, stderr) => {
        const said = `${stdout}${stderr}`.trim();
        resolve(error === null ? said : said || error.message);
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(text);
  });
}

/** A Prometheus server that scrapes one target every three seconds until the test ends. */
export class Prometheus {
  readonly #url: string;
  readonly #child: ChildProcess;
  #said = '';

  private constructor(url: string, child: ChildProcess) {
    this.#url = url;
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
  }

  static async start(t: Pick<ExecutionContext, 'teardown'>, target: string): Promise<Prometheus> {
    const place = await mkdtemp(join(tmpdir(), 'prometheus-'));
    const configuration = join(place, 'prometheus.yml');
    await writeFile(
      configuration,
      `scrape_configs:
  - job_name: ipvs
    scrape_interval: 3s
    static_configs:
      - targets: ['${target}']
`,
    );
    const port = await freePort();
    const child = spawn(
      join(folder, 'prometheus'),
      [
        `--config.file=${configuration}`,
        `--storage.tsdb.path=${join(place, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: '/usr/bin', GOMAXPROCS: '1' } },
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    t.teardown(async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(place, { recursive: true });
    });
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, child);
    await prometheus.#ready();
    return prometheus;
  }

  /** What it knows of an expression now: the values by their labels. `undefined` while it does not answer. */
  async query(
    expression: string,
  ): Promise<
    readonly { readonly metric: Record<string, string>; readonly value: number }[] | undefined
  > {
    const data = await this.#ask(`/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { result } = (data ?? { result: [] }) as {
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** What became of the last scrape. */
  async target(): Promise<{ health: string; lastError: string } | undefined> {
    const data = (await this.#ask('/api/v1/targets')) as
      | { activeTargets: { health: string; lastError: string }[] }
      | undefined;
    return data?.activeTargets[0];
  }

  /** It takes its time to start where the machine is slow. */
  async #ready(): Promise<void> {
    const end = Date.now() + 100_000;
    while ((await this.#ask('/api/v1/status/runtimeinfo')) === undefined) {
      if (Date.now() > end) throw new Error(`it does not answer: ${this.#said}`);
      await wait(200);
    }
  }

  async #ask(path: string): Promise<unknown> {
    if (this.#child.exitCode !== null) throw new Error(`it has ended: ${this.#said}`);
    try {
      const response = await fetch(`${this.#url}${path}`);
      const { data } = (await response.json()) as { data: unknown };
      return data;
    } catch {
      // It has only just been started.
      return undefined;
    }
  }
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
