import { spawn } from 'node:child_process';

// Reads process groups to end; `done` takes the last one back. End of input
// without it means that the runner was killed.
const script = `
while read -r word; do last=$word; done
[ "$last" = done ] && exit
if [ -n "$last" ]; then kill -TERM -"$last"; sleep 1; kill -KILL -"$last"; fi
rm -rf "$1"
`;

/**
 * Cleans up if this process is killed and cannot do so itself.
 * @param {string} directory
 */
export function startGuard(directory) {
  const child = spawn('/bin/sh', ['-c', script, 'lab-guard', directory], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve);
  });
  child.stdin.on('error', () => {});
  return {
    /** @param {number} group */
    watch(group) {
      child.stdin.write(`${group}\n`);
    },
    async dismiss() {
      child.stdin.end('done\n');
      await ended;
    },
  };
}
