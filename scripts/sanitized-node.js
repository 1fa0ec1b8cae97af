import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { program, root, run } from './prepare.js';

const addon = join(root, 'build', 'dev-sanitized');
const node = join(root, 'build', 'sanitized-node', 'node');
const reports = join(root, 'build', 'sanitizer-reports');

const addressOptions = {
  detect_leaks: 1,
  log_exe_name: 1,
  log_path: join(reports, 'report'),
  // What is freed is not used again for a while, and a page that was never used costs much in a guest: with the
  // default of 256 MB, files took minutes that now take seconds.
  quarantine_size_mb: 8,
  malloc_context_size: 12,
};

/**
 * Builds the addon under AddressSanitizer and UndefinedBehaviorSanitizer, and a Node that brings their library along.
 * LD_PRELOAD would do for one process, but every other program that a test starts would have it, too, and tell of
 * leaks of its own. A Node that needs the library hands nothing on but to what is run by the same file.
 * @returns {import('./kernel-suite.js').Surroundings}
 */
export function prepareSanitizedNode() {
  const define = ['-d', 'native', '-O', 'build/dev-sanitized', '--CDIPVS_SANITIZE=ON'];
  run(program('cmake-js'), ['build', ...define, '--log-level', 'warn']);
  if (!existsSync(node)) {
    mkdirSync(dirname(node), { recursive: true });
    copyFileSync(process.execPath, node);
    run('patchelf', ['--add-needed', libraryPath(), node]);
  }
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  return {
    node,
    memory: '3G',
    environment: {
      // Where a program is started as `node`, it is this one.
      PATH: `${dirname(node)}:${process.env['PATH']}`,
      IPVS_PREBUILD: addon,
      ASAN_OPTIONS: Object.entries(addressOptions)
        .map((option) => option.join('='))
        .join(':'),
      // A leak is found when the program is over, and must not change what the test that started it sees.
      LSAN_OPTIONS: 'exitcode=0',
      UBSAN_OPTIONS: 'print_stacktrace=1',
    },
  };
}

/**
 * What the sanitizers said of the addon. V8 leaves some memory of its own behind; a suppression by name would hide the
 * addon's with it, because Node's functions are below each of its calls.
 */
export function sanitizerReports() {
  return readdirSync(reports)
    .map((name) => ({ name, text: readFileSync(join(reports, name), 'utf8') }))
    .filter(({ text }) => !text.includes('LeakSanitizer') || leaksOfAddon(text).length > 0);
}

/**
 * Of a report of leaks those that the addon made, itself or through Node. What V8 takes while it does what the addon asks
 * for is V8's.
 * @param {string} report
 */
export function leaksOfAddon(report) {
  const leaks = report.split(/^(?=(?:Direct|Indirect) leak)/m).slice(1);
  return leaks.filter((leak) => {
    const [own = ''] = leak.split(/^ *#\d+ .* in v8::internal::/m);
    // Node frees half of a promise only when it is answered, and lets nobody answer it when the environment is over.
    if (/^ *#1 .* in napi_create_promise /m.test(leak)) return false;
    // A frame has the name of its source, or, where that is not known, of its library.
    return own.includes('ipvs.node') || own.includes(join(root, 'native'));
  });
}

/** The library that the compiler links such an addon with. */
function libraryPath() {
  const { stdout } = spawnSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' });
  return spawnSync('realpath', [stdout.trim()], { encoding: 'utf8' }).stdout.trim();
}
