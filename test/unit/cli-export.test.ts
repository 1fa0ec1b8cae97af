import { readFile } from 'node:fs/promises';
import test from 'ava';
import { command, makeFolder } from './_cli.js';
import { kernelWith, to, web } from './_runs.js';

test('what is there is written as a document of YAML or JSON', async (t) => {
  const kernel = await kernelWith([
    { ...web, scheduler: 'rr', destinations: [{ address: '10.2.0.1', port: 8080, weight: 3 }] },
  ]);
  const yaml = await command(kernel, ['export']);
  t.is(yaml.status, 0);
  t.is(yaml.stderr, '');
  t.is(
    yaml.stdout,
    `version: 1
services:
  - protocol: tcp
    address: 10.9.0.1
    port: 80
    scheduler: rr
    destinations:
      - address: 10.2.0.1
        port: 8080
        weight: 3
`,
  );
  const json = await command(kernel, ['export', '--json']);
  t.is(JSON.parse(json.stdout).services[0].scheduler, 'rr');
  for (const input of [yaml.stdout, json.stdout]) {
    const words = ['plan', '-', '--exclusive', '--detailed-exitcode'];
    t.is((await command(kernel, words, { input })).status, 0);
  }
});

test('settings and addresses are part of it where they are asked for', async (t) => {
  const folder = await makeFolder(t);
  const kernel = await kernelWith([web]);
  await kernel.other.ensureDummy('ipvs0');
  await kernel.other.bindAddress('ipvs0', '10.9.0.1');
  await kernel.other.setTimeouts({ tcp: 800 });
  const out = folder.path('web.json');
  const words = ['export', '--timeouts', '--sysctls', 'expire_nodest_conn, cache_bypass'];
  const { stdout } = await command(kernel, [...words, '--vips', 'ipvs0', '--json', '--out', out]);
  t.is(stdout, '');
  const document = JSON.parse(await readFile(out, 'utf8'));
  t.is(document.timeouts.tcp, 800);
  t.deepEqual(Object.keys(document.sysctls), ['cache_bypass', 'expire_nodest_conn']);
  t.deepEqual(document.vips, { device: 'ipvs0', create: false, bind: ['10.9.0.1'] });
  const plain = await command(kernel, ['export', '--json']);
  t.deepEqual(Object.keys(JSON.parse(plain.stdout)), ['version', 'services']);
});

test('what no document can ask for is left out, and told', async (t) => {
  const kernel = await kernelWith([
    { ...web, destinations: to(1) },
    { ...web, port: 81 },
  ]);
  for (const { destinations } of kernel.raw()) for (const each of destinations) each.forward = 1;
  const { status, stdout, stderr } = await command(kernel, ['export']);
  t.is(status, 0);
  t.false(stdout.includes('port: 80\n'));
  t.true(stdout.includes('port: 81\n'));
  t.regex(stderr, /^left out tcp\/10\.9\.0\.1:80: expected .*\(E_FORWARD\)\n$/);
});

test('bad command lines say what is wrong with them', async (t) => {
  const cases: readonly (readonly [words: readonly string[], pattern: RegExp])[] = [
    [['export', '--vips', 'none0'], /^ipvs: --vips: there is no device none0$/m],
    [['export', '--out', '/none/at/all'], /^ipvs: \/none\/at\/all: no such file or directory$/m],
    [['export', 'web.yaml'], /too many arguments/],
  ];
  for (const [words, pattern] of cases) {
    const { status, stderr } = await command(await kernelWith(), words);
    t.is(status, 1, words.join(' '));
    t.regex(stderr, pattern);
  }
});
