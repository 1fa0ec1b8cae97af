// What the sources themselves must not have: SECURITY.md says so.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

/** The files of a folder by path, and their text without comments of lines of their own. */
function readSources(folder: string, pattern: RegExp): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const comment = /^\s*(?:\/\/|\/?\*).*$/gm;
  return new Map(files.map((file) => [file, readFileSync(file, 'utf8').replace(comment, '')]));
}

function filesWith(sources: ReadonlyMap<string, string>, pattern: RegExp): string[] {
  return [...sources]
    .filter(([, text]) => pattern.test(text))
    .map(([file]) => file)
    .sort();
}

const library = readSources('lib', /\.tsx?$/);
const addon = readSources('native', /\.(?:cc|h)$/);

test('there is something to look at', (t) => {
  t.true(library.size > 200);
  t.true(addon.size > 50);
});

test('no program is run but modprobe, by the stand-in for ipvsadm, by its path and without a shell', (t) => {
  const place = 'lib/cli/ipvsadm/session.ts';
  t.deepEqual(filesWith(library, /child_process|process\.binding|node:cluster/), [place]);
  const calls = library.get(place)?.match(/execFile\b[^;]*;/g) ?? [];
  t.deepEqual(
    calls.filter((call) => call.includes('(')),
    ["execFile)('/sbin/modprobe', ['--', 'ip_vs']).catch(() => undefined);"],
  );
  t.deepEqual(filesWith(library, /\bshell: *(?:true|['"`])/), []);
  const starts = /\b(?:system|popen|exec[vl]p?e?|posix_spawnp?|v?fork|clone3?)\(/;
  t.deepEqual(filesWith(addon, starts), []);
});

test('no text becomes code', (t) => {
  const pattern =
    /\beval\(|\bnew Function\b|\bFunction\(|['"]node:(?:vm|repl|inspector|module)['"]/;
  // It finds the addon, by a path that is fixed.
  t.deepEqual(filesWith(library, pattern), ['lib/kernel/native.ts']);
  const imports = [...library.values()].flatMap(
    (text) => text.match(/\bimport\([^'"][^)]*/g) ?? [],
  );
  t.true(imports.length <= 2, imports.join('\n'));
});

test('nothing is fetched, and nothing listens but the metrics', (t) => {
  t.deepEqual(filesWith(library, /['"]node:(?:https?|http2|tls|dgram|dns(?:\/promises)?)['"]/), [
    'lib/cli/ipvsadm/names.ts',
    'lib/cli/metrics/server.ts',
  ]);
  t.deepEqual(filesWith(library, /\bfetch\(|\bWebSocket\b/), []);
});

test('only the command writes to files and to its output', (t) => {
  const outside = new Map([...library].filter(([file]) => !file.startsWith('lib/cli/')));
  t.deepEqual(filesWith(outside, /\b(?:writeFile|appendFile|createWriteStream|unlink|rename)\(/), [
    'lib/kernel/text-files.ts',
  ]);
  t.deepEqual(filesWith(outside, /\bconsole\.|process\.std(?:out|err)/), []);
});

test('the addon passes no descriptor on to other programs', (t) => {
  for (const [file, text] of addon) {
    for (const [call = ''] of text.matchAll(/::(?:open|socket|eventfd|accept4?|dup)\([^;]*/g)) {
      t.regex(call, /CLOEXEC|\bflags\b/, file);
    }
  }
});
