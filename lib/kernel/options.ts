import { resolve } from 'node:path';
import type { CallOptions, OpenOptions, Transport } from '../../types/config.js';
import type { ListOptions } from '../../types/snapshot.js';
import { InvalidValueError } from '../model/invalid-value-error.js';

/** Where `ip netns` keeps the namespaces it makes. */
const namedNamespaces = '/run/netns';

/** Bytes, as the kernel has it. */
const longestName = 255;
const longestPath = 4095;

const longestTimeout = 0x7fffffff;
const defaultTimeout = 10_000;

/** {@link OpenOptions}, checked and complete. */
export interface CompleteOpenOptions {
  /** A path; empty for the caller's own namespace, `null` for a new one. */
  readonly networkNamespace: string | null;
  readonly timeout: number;
  readonly transport: Transport | 'auto';
}

/** Checks the options of `open`; throws {@link InvalidValueError}. */
export function checkOpenOptions(options: OpenOptions): CompleteOpenOptions {
  checkNames(options, ['netns', 'transport', 'timeout']);
  const { netns, transport = 'auto', timeout = defaultTimeout } = options;
  if (transport !== 'auto' && transport !== 'netlink' && transport !== 'sockopt') {
    throw new InvalidValueError('options.transport', transport, 'auto, netlink or sockopt');
  }
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > longestTimeout) {
    throw new InvalidValueError(
      'options.timeout',
      timeout,
      `a whole number of milliseconds from 1 to ${longestTimeout}`,
    );
  }
  return { networkNamespace: namespacePath(netns), timeout, transport };
}

/**
 * The signal of a call's options; throws {@link InvalidValueError} for anything that is not one, and for options that are
 * neither the signal nor one of `others`.
 */
export function checkSignal(
  options: CallOptions | undefined,
  others: readonly string[] = [],
): AbortSignal | undefined {
  if (options === undefined) return undefined;
  checkNames(options, ['signal', ...others]);
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidValueError('options.signal', signal, 'an AbortSignal');
  }
  return signal;
}

/** The options of a list; throws as {@link checkSignal}. */
export function checkListOptions(options: ListOptions | undefined): {
  readonly signal: AbortSignal | undefined;
  readonly lazy: boolean;
} {
  const signal = checkSignal(options, ['lazy']);
  return { signal, lazy: options?.lazy === true };
}

function checkNames(options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidValueError('options', options, 'an object');
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      const value: unknown = options[name as keyof typeof options];
      throw new InvalidValueError(`options.${name}`, value, `no option but ${known.join(', ')}`);
    }
  }
}

function namespacePath(netns: unknown): string {
  if (netns === undefined) return '';
  if (typeof netns === 'number' && Number.isInteger(netns) && netns > 0 && netns <= 0x7fffffff) {
    return `/proc/${netns}/ns/net`;
  }
  if (typeof netns === 'string' && !netns.includes('\0')) {
    const path = netns.includes('/') ? resolve(netns) : undefined;
    if (path !== undefined && Buffer.byteLength(path) <= longestPath) return path;
    if (path === undefined && isNamespaceName(netns)) return `${namedNamespaces}/${netns}`;
  }
  throw new InvalidValueError(
    'options.netns',
    netns,
    'a path, the name of a network namespace (1 to 255 bytes, no control characters, not "." or ".."), or a pid',
  );
}

/** What `ip netns` takes for a name, but for control characters: an error message could not show them. */
function isNamespaceName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || /\p{Cc}/u.test(name)) return false;
  return Buffer.byteLength(name) <= longestName;
}
