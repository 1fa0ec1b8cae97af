import type { CallOptions } from '../../types/config.js';
import type { SysctlName, SysctlValues } from '../../types/sysctl.js';
import { InvalidValueError } from '../model/invalid-value-error.js';
import { present, throwingReport } from '../model/report.js';
import { checkSysctl, sysctlNameExpected, sysctlRule } from '../model/sysctls.js';
import type { Subject } from './call.js';
import type { Failure } from './errors.js';
import { isAbsent, isIpvsAbsent, parseText, type TextSession } from './kernel-text.js';
import { checkSignal } from './options.js';
import { parseSettings } from './proc/settings.js';

const folder = 'net.ipv4.vs';

const noFolder =
  'a network namespace of another user namespace than the first has sysctls of IPVS from Linux 6.10 on, and none has without /proc/sys';

const initialOnly =
  'it is one for the whole kernel, and set by root in the first network namespace';

const guarded =
  'from Linux 6.10 on it can only be read in a network namespace of another user namespace than the first; elsewhere it takes root or CAP_NET_ADMIN';

/** The calls about the kernel's settings under `net.ipv4.vs`. */
export class Sysctls {
  readonly #session: TextSession;

  constructor(session: TextSession) {
    this.#session = session;
  }

  async list(options: CallOptions | undefined): Promise<Record<string, number | string>> {
    const signal = checkSignal(options);
    const subject: Subject = { operation: 'get-sysctls', file: folder };
    const answer = await this.#session.files.readFolder(subject, 'settings', signal);
    if (typeof answer === 'string') return parseText(this.#session, subject, answer, parseSettings);
    // A namespace that has no sysctls may not have the folder either.
    const missing = isAbsent(answer) && (await isIpvsAbsent(this.#session, subject));
    if (isAbsent(answer) && !missing) return {};
    throw this.#session.error(missing ? { ...subject, missing: 'ipvs' } : subject, answer);
  }

  async set<Name extends SysctlName>(
    name: Name,
    value: SysctlValues[Name],
    options: CallOptions | undefined,
  ): Promise<void> {
    const signal = checkSignal(options);
    const text = present(checkSysctl(name, value, throwingReport, ''));
    const rule = sysctlRule(name);
    const guard = name === 'debug_level' ? initialOnly : rule?.guarded && guarded;
    const file = `${folder}.${name}`;
    const subject: Subject = {
      operation: 'set-sysctl',
      target: name,
      file,
      guard,
      refused: rule?.refused,
    };
    const failure = await this.#session.files.write(subject, 'settings', name, text, signal);
    if (failure === undefined) return;
    throw isAbsent(failure)
      ? await this.#absence(subject, failure, name)
      : this.#session.error(subject, failure);
  }

  /** The error of a sysctl that is not there. */
  async #absence(subject: Subject, failure: Failure, name: string): Promise<Error> {
    if (await isIpvsAbsent(this.#session, subject)) {
      return this.#session.error({ ...subject, missing: 'ipvs' }, failure);
    }
    const others = await this.#session.files.readFolder(subject, 'settings', undefined);
    const hasOthers = typeof others === 'string' && others !== '';
    const rule = sysctlRule(name);
    if (hasOthers && rule === undefined) {
      return new InvalidValueError('name', name, sysctlNameExpected);
    }
    const absent = hasOthers ? rule?.absent : noFolder;
    return this.#session.error({ ...subject, missing: 'sysctl', absent }, failure);
  }
}
