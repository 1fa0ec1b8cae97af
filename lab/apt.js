import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What signs Debian's suites; without it, what apt trusts anyway. */
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * A way to ask for packages and to download them; neither takes a privilege.
 * @typedef {object} Apt
 * @property {(words: readonly string[]) => Promise<string>} ask what `apt-cache` prints
 * @property {(packages: readonly string[], directory: string) => Promise<void>} unpack
 */

/**
 * With the lists and the suites of this machine.
 * @param {AbortSignal | undefined} signal
 * @returns {Apt}
 */
export function machineApt(signal) {
  return makeApt([], signal);
}

/**
 * With other suites of the mirror that this machine uses, and lists that are kept apart from the machine's.
 * @param {readonly string[]} suites
 * @param {string} directory for the lists
 * @param {AbortSignal | undefined} signal
 */
export async function suiteApt(suites, directory, signal) {
  const mirrors = await findMirrors(signal);
  const signedBy = existsSync(keyring) ? `[signed-by=${keyring}] ` : '';
  const sources = suites.flatMap((suite) => {
    const mirror = mirrors.get(suite.endsWith('-security') ? 'Debian-Security' : 'Debian');
    return mirror ? [`deb ${signedBy}${mirror} ${suite} main\n`] : [];
  });
  if (sources.length === 0) {
    throw new Error('apt of this machine knows no mirror of Debian; try apt-get update');
  }
  for (const name of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  writeFileSync(join(directory, 'sources.list'), sources.join(''), { mode: 0o600 });
  writeFileSync(join(directory, 'status'), '');
  const options = Object.entries({
    'Dir::Etc::SourceList': join(directory, 'sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::State': directory,
    'Dir::State::Lists': join(directory, 'lists'),
    'Dir::State::status': join(directory, 'status'),
    'Dir::Cache': join(directory, 'cache'),
    // Another user cannot enter every home directory.
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'APT::Update::Error-Mode': 'any',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const apt = makeApt(options, signal);
  await run('apt-get', [...options, '--quiet', '--quiet', 'update'], { signal });
  return apt;
}

/**
 * @param {readonly string[]} options
 * @param {AbortSignal | undefined} signal
 * @returns {Apt}
 */
function makeApt(options, signal) {
  return {
    ask: (words) => run('apt-cache', [...options, ...words], { signal }),
    async unpack(packages, directory) {
      const archives = join(directory, 'archives');
      mkdirSync(archives, { recursive: true });
      await run('apt-get', [...options, 'download', ...packages], { cwd: archives, signal });
      for (const archive of readdirSync(archives)) {
        await run('dpkg-deb', ['-x', join(archives, archive), directory], { signal });
      }
      rmSync(archives, { recursive: true });
    },
  };
}

/**
 * The mirrors of this machine by what they hold, 'Debian' or 'Debian-Security'.
 * @param {AbortSignal | undefined} signal
 */
async function findMirrors(signal) {
  const words = ['indextargets', '--format', '$(LABEL)|$(REPO_URI)', 'Created-By: Packages'];
  const lines = (await run('apt-get', words, { signal }))
    .split('\n')
    .map((line) => line.split('|'));
  return new Map(lines.map(([label = '', mirror = '']) => [label, mirror]));
}

/**
 * What the program printed; an error is in its own words.
 * @param {string} program
 * @param {readonly string[]} words
 * @param {{ cwd?: string, signal: AbortSignal | undefined }} options
 * @returns {Promise<string>}
 */
function run(program, words, options) {
  return new Promise((resolve, reject) => {
    execFile(program, words, { ...options, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(options.signal?.aborted ? error : new Error(stderr.trim() || error.message));
    });
  });
}
