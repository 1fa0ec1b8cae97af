import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Program } from '../../demo/program.js';
import { Companion } from './_companion.js';
import type { HostRole } from './_host-role.js';

const python = '/usr/bin/python3';
const script = '../../../test/kernel/children/sctp_host.py';
const file = fileURLToPath(new URL(script, import.meta.url));

/** Why there is no SCTP here, if so. */
export async function sctpMissing(): Promise<string | undefined> {
  const attempt = 'import socket as s; s.socket(s.AF_INET, s.SOCK_STREAM, s.IPPROTO_SCTP)';
  return promisify(execFile)(python, ['-c', attempt]).then(
    () => undefined,
    (error: unknown) => String(error).trim().split('\n').at(-1),
  );
}

/** A program as the others are, which speaks SCTP. It is no Node program, so calls and replies are lines. */
export class SctpHost {
  readonly #companion: Companion;
  #end: () => unknown = () => {};

  constructor(namespace: string, name: string) {
    const teardown = (end: () => unknown) => {
      this.#end = end;
    };
    this.#companion = Companion.start({ teardown }, { name: namespace }, python, '-SE', file, name);
  }

  async ready(): Promise<void> {
    await this.#companion.answer();
  }

  readonly ask: Program<HostRole>['ask'] = async (method, ...parameters) => {
    const reply = JSON.parse(await this.#companion.ask({ method, parameters }));
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply.value;
  };

  async kill(): Promise<void> {
    await this.#end();
  }
}
