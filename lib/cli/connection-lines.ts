import type { Connection, ConnectionFilter, Endpoint } from '../../types/connection.js';
import { familyOf } from '../model/address.js';
import { formatEndpoint } from '../model/endpoint.js';
import type { Paint } from './colour.js';
import type { Output } from './context.js';
import { formatJson } from './json.js';
import { minutesAndSeconds } from './units.js';

/** Text that is collected before it is written is at most about this long. */
const mostCollected = 1 << 16;

/** Things that are printed while they come, so many of them that they are never held together. */
abstract class Lines {
  readonly #output: Output;
  #collected = '';

  constructor(output: Output) {
    this.#output = output;
  }

  abstract print(connection: Connection): void;

  /** Prints what comes after the last. */
  abstract end(): void;

  protected write(text: string): void {
    this.#collected += text;
    if (this.#collected.length > mostCollected) this.flush();
  }

  protected flush(): void {
    this.#output.write(this.#collected);
    this.#collected = '';
  }
}

/** One array, an element a line. */
export class JsonLines extends Lines {
  #separator = '[\n';

  print(connection: Connection): void {
    this.write(`${this.#separator}${formatJson(connection, 0)}`);
    this.#separator = ',\n';
  }

  end(): void {
    this.write(this.#separator === '[\n' ? '[]\n' : '\n]\n');
    this.flush();
  }
}

/** Columns as wide as what they have had to hold so far. */
export class ConnectionLines extends Lines {
  readonly #paint: Paint;
  readonly #synced: boolean;
  /** Of IPv4 the most that can come. */
  readonly #widths = [8, 7, 11, 21, 21, 21, 0];
  #isEmpty = true;

  constructor(output: Output, paint: Paint, { synced = false }: ConnectionFilter) {
    super(output);
    this.#paint = paint;
    this.#synced = synced;
  }

  print(connection: Connection): void {
    const { protocol, expires, state, client, virtual, destination } = connection;
    const { template, engine, origin } = connection;
    if (this.#isEmpty) this.#title();
    this.#isEmpty = false;
    const made = engine === undefined ? '' : `${engine.name} ${engine.data}`;
    const line = this.#line([
      protocol,
      minutesAndSeconds(expires),
      template ? `${state} template` : state,
      showEndpoint(client),
      showVirtual(virtual),
      showEndpoint(destination),
      this.#synced ? (origin ?? '') : made,
    ]);
    this.write(`${line}\n`);
  }

  end(): void {
    if (this.#isEmpty) this.write('No connections.\n');
    this.flush();
  }

  #title(): void {
    const last = this.#synced ? 'ORIGIN' : 'ENGINE';
    const titles = ['PROTOCOL', 'EXPIRES', 'STATE', 'CLIENT', 'VIRTUAL', 'DESTINATION', last];
    this.write(`${this.#paint('dim', this.#line(titles))}\n`);
  }

  #line(cells: readonly string[]): string {
    const padded = cells.map((cell, index) => {
      const width = Math.max(this.#widths[index] ?? 0, cell.length);
      this.#widths[index] = width;
      return cell.padEnd(width);
    });
    return padded.join('  ').trimEnd();
  }
}

/** An address and a port as text. */
export function showEndpoint({ address, port }: Endpoint): string {
  return formatEndpoint(familyOf(address), address, port);
}

/** What a client connected to, as text. */
export function showVirtual(virtual: Connection['virtual']): string {
  return 'fwmark' in virtual ? `fwmark/${virtual.fwmark}` : showEndpoint(virtual);
}
