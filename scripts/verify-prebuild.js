// Builds the binaries of the last commit twice, each from a clean clone in a folder of its own, and says whether they are
// the same to the byte, and the same as those in prebuilds/ where there are any. With names of architectures as arguments,
// only those.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './prepare.js';

/** @param {string} folder of a checkout @returns {Record<string, string>} checksums of its binaries */
function sums(folder) {
  const prebuilds = join(folder, 'prebuilds');
  if (!existsSync(prebuilds)) return {};
  const files = readdirSync(prebuilds, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    files
      .filter((file) => file.endsWith('.node'))
      .map((file) => [
        file,
        createHash('sha256')
          .update(readFileSync(join(prebuilds, file)))
          .digest('hex'),
      ]),
  );
}

/** @param {string} folder that is not there yet */
function build(folder) {
  run('git', ['clone', '--quiet', root, folder]);
  run(process.execPath, [join(folder, 'scripts', 'prebuild.js'), ...process.argv.slice(2)]);
  return sums(folder);
}

const place = mkdtempSync(join(tmpdir(), 'prebuild-'));
try {
  const first = build(join(place, 'one'));
  const second = build(join(place, 'another', 'with', 'a-longer-name'));
  const own = sums(root);
  let isSame = Object.keys(first).length > 0;
  for (const [file, sum] of Object.entries(first)) {
    const others = [second[file], ...(own[file] === undefined ? [] : [own[file]])];
    const same = others.every((other) => other === sum);
    console.log(`${file}: ${same ? `the same ${others.length + 1} times` : 'NOT THE SAME'} ${sum}`);
    isSame &&= same;
  }
  process.exitCode = isSame ? 0 : 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}
