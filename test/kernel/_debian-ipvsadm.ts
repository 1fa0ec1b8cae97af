import type { ExecutionContext } from 'ava';
import type { Outcome } from '../unit/_cli.js';
import { Companion } from './_companion.js';
import type { Namespace } from './_namespace.js';

/** Starting a process from a small one is quick. */
const program = `
import json, subprocess, sys
for line in sys.stdin:
    words, text = json.loads(line)
    ended = subprocess.run(['ipvsadm', *words], input=text.encode(), capture_output=True, timeout=60)
    status = ended.returncode
    print(json.dumps([status, ended.stdout.decode('latin1'), ended.stderr.decode('latin1')]), flush=True)
`;

/** Debian's `ipvsadm` in a namespace. */
export interface DebianIpvsadm {
  run(words: readonly string[], input?: string): Promise<Outcome>;
}

/** Makes it ready to be run many times. */
export function startDebianIpvsadm(
  t: Pick<ExecutionContext, 'teardown'>,
  namespace: Pick<Namespace, 'name'>,
): DebianIpvsadm {
  const companion = Companion.start(t, namespace, 'python3', '-c', program);
  return {
    async run(words, input = '') {
      const answer: unknown = JSON.parse(await companion.ask([words, input]));
      const [status, stdout, stderr] = answer as [number, string, string];
      return { status, stdout, stderr };
    },
  };
}
