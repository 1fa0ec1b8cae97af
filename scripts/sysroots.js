import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suiteApt } from '../lab/apt.js';
import { root } from './prepare.js';

/** What is linked with it runs wherever the C library is as old as this suite's, or older: see `newest` in binary.js. */
const suite = 'bullseye';

/**
 * The folder of the headers and stubs of an old C library, `include` and `lib` in it; fetched once, without a privilege.
 * @param {string} debianName of the architecture: amd64, arm64
 * @param {string} triplet of the GNU tools: x86_64-linux-gnu
 */
export async function fetchSysroot(debianName, triplet) {
  const folder = join(root, 'build', 'sysroots', debianName);
  if (!existsSync(folder)) {
    console.log(`Fetching the C library of ${suite} for ${debianName}`);
    const draft = `${folder}.part`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    const apt = await suiteApt([suite], `${folder}.apt`, undefined);
    // The last two are what Node needs to be run with it.
    const packages = ['libc6', 'libc6-dev', 'linux-libc-dev', 'libgcc-s1', 'libstdc++6'];
    await apt.unpack(
      packages.map((name) => `${name}-${debianName}-cross`),
      draft,
    );
    rmSync(`${folder}.apt`, { recursive: true });
    renameSync(draft, folder);
  }
  return { folder, tools: join(folder, 'usr', triplet) };
}
