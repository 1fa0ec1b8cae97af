import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { IpvsError } from '../../kernel/errors.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import type { Context } from '../context.js';
import { Failure } from './failure.js';
import { kernelMessage } from './kernel-messages.js';
import { Names } from './names.js';

/** What the command lines of one run have in common. */
export class Session implements AsyncDisposable {
  readonly context: Context;
  readonly names = new Names();
  #opening: Promise<Ipvs> | undefined;

  constructor(context: Context) {
    this.context = context;
  }

  /** The library, opened when it is first needed. */
  ipvs(): Promise<Ipvs> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ipvs = await this.#opening?.catch(() => undefined);
    await ipvs?.close();
  }

  async #open(): Promise<Ipvs> {
    try {
      return await this.context.open({}).catch((error: unknown) => this.#openWithModule(error));
    } catch (error) {
      const message = `Can't initialize ipvs: ${kernelMessage(error)}\nAre you sure that IP Virtual Server is built in the kernel or as module?`;
      throw new Failure(message, 2);
    }
  }

  /** As `ipvsadm` does: kernels before 5.16 do not load it of themselves. */
  async #openWithModule(error: unknown): Promise<Ipvs> {
    if (!(error instanceof IpvsError) || error.missing !== 'ipvs') throw error;
    await promisify(execFile)('/sbin/modprobe', ['--', 'ip_vs']).catch(() => undefined);
    return this.context.open({});
  }
}
