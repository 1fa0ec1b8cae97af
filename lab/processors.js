import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Takes a processor for one guest, so that several spread out: the claim is the
 * name of an abstract socket, which the kernel drops with the process.
 * @returns {Promise<{ processor: number, release: () => void }>}
 */
export async function claimProcessor() {
  const allowed = allowedProcessors();
  for (let guest = 0; guest < 64; guest++) {
    for (const processor of allowed) {
      const release = await listen(`\0ipvs-lab-processor-${processor}-guest-${guest}`);
      if (release) return { processor, release };
    }
  }
  return { processor: allowed[process.pid % allowed.length] ?? 0, release() {} };
}

/**
 * @param {string} name
 * @returns {Promise<(() => void) | undefined>}
 */
function listen(name) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(name, () => {
      server.unref();
      resolve(() => server.close());
    });
  });
}

/** @returns {number[]} */
function allowedProcessors() {
  const status = readFileSync('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
