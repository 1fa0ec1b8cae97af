// Opens a handle while the process may have no further thread, and again when it may; prints how that went.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { Ipvs } from 'ipvs';

const netns = process.argv[2] as string;

async function outcome(): Promise<string> {
  try {
    const ipvs = await Ipvs.open({ netns });
    await ipvs.close();
    return 'done';
  } catch (error) {
    return (error as Error).message;
  }
}

const root = '/tmp/control-groups';
mkdirSync(root, { recursive: true });
execFileSync('mount', ['-t', 'cgroup2', 'none', root]);
const group = `${root}/faults-${process.pid}`;
writeFileSync(`${root}/cgroup.subtree_control`, '+pids');
mkdirSync(group);
writeFileSync(`${group}/cgroup.procs`, String(process.pid));
writeFileSync(`${group}/pids.max`, '1');
const without = await outcome();
writeFileSync(`${group}/pids.max`, 'max');
const after = await outcome();
writeFileSync(`${root}/cgroup.procs`, String(process.pid));
rmdirSync(group);
execFileSync('umount', [root]);
process.stdout.write(JSON.stringify({ without, after }));
