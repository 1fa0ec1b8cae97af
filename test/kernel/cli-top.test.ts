import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { commandFile } from './_cli.js';
import { type Director, makeDirector } from './_director.js';
import { eventually } from './_eventually.js';
import { labModprobe, replaceModprobe, unloadIpvs } from './_modprobe.js';
import { Terminal } from './_tmux.js';

const [virtual, client] = ['10.60.0.1', '10.60.0.3'] as const;
const web = `tcp/${virtual}:80`;
const dns = `udp/${virtual}:53`;
const mark = 'fwmark/7/ipv4';
const packets = 40;

const cleanups: (() => unknown)[] = [];
const atEnd = { teardown: (cleanup: () => unknown) => cleanups.push(cleanup) };
let director: Director;
let terminal: Terminal;
let folder: string;

test.before(async () => {
  director = await makeDirector(atEnd, { addresses: [virtual, client], backup: false });
  const { ipvs, send } = director;
  await Promise.all([
    ipvs.addService({ protocol: 'tcp', address: virtual, port: 80, scheduler: 'wrr' }),
    ipvs.addService({ protocol: 'udp', address: virtual, port: 53, scheduler: 'rr' }),
    ipvs.addService({ fwmark: 7 }),
    ipvs.addDestination(web, { address: '10.60.1.1', weight: 3 }),
    ipvs.addDestination(web, { address: '10.60.1.2', weight: 1 }),
    ipvs.addDestination(dns, { address: '10.60.1.1', weight: 1, forward: 'tunnel' }),
    ipvs.addDestination(dns, { address: '10.60.1.3', weight: 0, forward: 'tunnel' }),
  ]);
  await send(
    ...Array.from({ length: packets }, (_, index) => ({
      from: [client, 5000 + index] as const,
      to: [virtual, 53] as const,
    })),
  );
  await eventually(
    async () => (await ipvs.getService(dns))?.stats.connections,
    (connections) => connections === BigInt(packets),
  );
  folder = await mkdtemp(join(tmpdir(), 'ipvs-top-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  terminal = await Terminal.open(atEnd);
  await start('3600', `NODE_DEBUG=ipvs`, `2>${folder}/requests`);
});

test.after.always(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

/** Types a command that shows the view, and waits until it does. */
async function start(interval: string, before = '', after = '', flags = ''): Promise<void> {
  const words = `top --netns ${director.name} --interval ${interval}`;
  const process = `${before} ${globalThis.process.execPath} ${flags} ${commandFile} ${words} ${after}`;
  await terminal.type(
    `clear; echo before; sh -c 'echo $$ >${folder}/pid; exec env ${process}'; echo status $?`,
  );
  await terminal.press('Enter');
  await terminal.until((text) => text.includes('ipvs top') && text.includes('SERVICE'));
  await terminal.until((text) => / \d\d:\d\d:\d\d/.test(text));
}

/** What the rows of the table are about, from top to bottom. */
function namesIn(lines: readonly string[]): string[] {
  const heads = lines.findIndex((line) => line.includes('SERVICE'));
  return lines.slice(heads + 1, -1).flatMap((line) => {
    const [, name] = /^[› ][▾▸ ] (?: {2})?(\S+)/.exec(line) ?? [];
    return name === undefined ? [] : [name];
  });
}

const all = [dns, '10.60.1.1:53', '10.60.1.3:53', web, '10.60.1.1:80', '10.60.1.2:80', mark];

/** Waits until the table has just these rows. */
async function untilNames(...names: readonly string[]): Promise<string[]> {
  return terminal.until((_, lines) => namesIn(lines).join() === names.join());
}

const lineOf = (lines: readonly string[], name: string) =>
  lines.find((line) => line.includes(name)) ?? '';

/** How often the kernel was asked what, from the first reading on. */
async function requests(): Promise<Record<string, number>> {
  const text = await readFile(join(folder, 'requests'), 'utf8');
  const names = [...text.matchAll(/^IPVS \d+: (\S+) /gm)].map(([, name = '']) => name);
  const counts: Record<string, number> = {};
  const first = names.findIndex((name) => name === 'snapshot' || name === 'get-totals');
  for (const name of names.slice(first)) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Sends a signal to the process that shows the view. */
async function signal(name: string): Promise<void> {
  const pid = (await readFile(join(folder, 'pid'), 'utf8')).trim();
  process.kill(Number(pid), name);
}

test.serial(
  'the first screen has the totals, and every service with its destinations',
  async (t) => {
    const lines = await untilNames(...all);
    const [title = '', ...rest] = lines;
    t.regex(title, /^ipvs top {2}Linux \S+ · IPVS 1\.2\.1 · netlink · namespace /);
    t.regex(title, /rates · every 3600 s · \d\d:\d\d:\d\d$/);
    t.regex(rest[0] ?? '', /^connections\/s +\S+ .*active now +0$/);
    t.is(
      rest[3]?.trim(),
      '3 services, 4 destinations (1 at weight 0), 0 active and 40 inactive connections',
    );
    t.regex(lineOf(lines, web), /^ ▾ tcp\S+ .* wrr +4 +0 /);
    t.regex(lineOf(lines, '10.60.1.3:53'), / tunnel +0 +0 /);
    t.regex(lines.at(-1) ?? '', /^q quit {2}\? help/);
    t.is(await terminal.mode(), 'alternate none');
  },
);

test.serial('columns order the rows, and the order can be reversed', async (t) => {
  await terminal.press('s');
  const sorted = [web, '10.60.1.1:80', '10.60.1.2:80', dns, '10.60.1.1:53', '10.60.1.3:53', mark];
  const lines = await untilNames(...sorted);
  t.regex(lineOf(lines, 'SERVICE'), / ▼WEIGHT /);
  await terminal.press('r');
  await untilNames(mark, dns, '10.60.1.3:53', '10.60.1.1:53', web, '10.60.1.2:80', '10.60.1.1:80');
  await terminal.press('<');
  const back = await untilNames(...all);
  t.regex(lineOf(back, 'SERVICE'), /SERVICE▲/);
});

test.serial('the columns are about rates, connections or bytes', async (t) => {
  await terminal.press('m');
  const lines = await terminal.until((text) => text.includes('INACTIVE'));
  t.regex(lineOf(lines, dns), new RegExp(`rr +1 +0 +${packets} +0 +\\S+ +${packets}$`));
  await terminal.press('3');
  const bytes = await terminal.until((text) => text.includes('BYTES IN  BYTES OUT'));
  // Each has an IP header, a UDP header and one byte.
  t.regex(lineOf(bytes, dns), / 1\.16k /);
  await terminal.press('Tab');
  await terminal.until((text) => text.includes('CONN/S'));
});

test.serial('a filter leaves what it is in, until it is cleared', async (t) => {
  await terminal.type('/.1.3');
  const typed = await untilNames(dns, '10.60.1.3:53');
  t.regex(typed.at(-1) ?? '', /^\/\.1\.3▏/);
  await terminal.press('Enter');
  const kept = await terminal.until((text) => text.includes('filter ".1.3"'));
  t.regex(kept[4] ?? '', /^3 services; 1 with "\.1\.3"/);
  await terminal.type('/x');
  await terminal.until((text) => text.includes('Nothing with ".1.3x".'));
  await terminal.press('Escape');
  await untilNames(...all);
  t.pass();
});

test.serial('services are folded and unfolded, one or all', async (t) => {
  await terminal.press('-');
  await untilNames(dns, web, mark);
  await terminal.press('Down');
  await terminal.press('Space');
  const lines = await untilNames(dns, web, '10.60.1.1:80', '10.60.1.2:80', mark);
  t.regex(lineOf(lines, dns), /^ ▸ /);
  t.regex(lineOf(lines, web), /^›▾ /);
  await terminal.press('+', 'Home', 'Left');
  await untilNames(dns, web, '10.60.1.1:80', '10.60.1.2:80', mark);
  await terminal.press('Right');
  await untilNames(...all);
});

test.serial('the view follows the size of the terminal', async (t) => {
  await terminal.resize(60, 8);
  await terminal.press('End');
  const low = await terminal.until((text) => text.includes(`› ${' '}${mark}`));
  t.is(low.length, 8);
  t.false(low.join('\n').includes('packets in/s'));
  t.deepEqual(namesIn(low), all.slice(-4));
  await terminal.resize(160, 40);
  const large = await untilNames(...all);
  t.true(large.join('\n').includes('packets in/s'));
  t.regex(lineOf(large, 'SERVICE'), /METHOD .* HISTORY$/);
  t.is(large.length, 40);
  await terminal.resize(120, 30);
  await terminal.press('Home');
  await terminal.until((_, lines) => lines.length === 30 && lineOf(lines, dns).startsWith('›'));
});

test.serial('the help names the keys', async (t) => {
  await terminal.press('?');
  await terminal.until((text) => text.includes('fold or unfold a service'));
  await terminal.press('x');
  await untilNames(...all);
  t.pass();
});

test.serial('nothing of that asks the kernel, and a reading is one snapshot', async (t) => {
  t.deepEqual(await requests(), { snapshot: 1, 'get-totals': 1 });
  await terminal.press('C-l');
  t.deepEqual(
    await eventually(
      requests,
      (counts) => (counts['get-totals'] ?? 0) >= 2 && counts['snapshot'] === 2,
    ),
    { snapshot: 2, 'get-totals': 2 },
  );
});

test.serial(
  'while it is paused nothing is read, and then what came meanwhile appears',
  async (t) => {
    const { ipvs } = director;
    for (let index = 0; index < 7; index += 1) await terminal.press('[');
    await terminal.until((text) => text.includes('every 0.5 s'));
    await terminal.press('p');
    await terminal.until((text) => text.includes('PAUSED'));
    // One reading may have been under way.
    let before = '';
    await eventually(
      async () => JSON.stringify(await requests()),
      (now) => {
        const isSame = now === before;
        before = now;
        return isSame;
      },
    );
    await ipvs.addService({ protocol: 'tcp', address: virtual, port: 443 });
    await wait(1200);
    t.is(JSON.stringify(await requests()), before);
    t.false((await terminal.screen()).join('\n').includes(`tcp/${virtual}:443`));
    await terminal.press('p');
    const lines = await terminal.until((text) => text.includes(`tcp/${virtual}:443`));
    t.false(lines.join('\n').includes('PAUSED'));
    await ipvs.removeService(`tcp/${virtual}:443`);
    await untilNames(...all);
  },
);

test.serial('the terminal is what it was when the user quits', async (t) => {
  await terminal.press('q');
  const lines = await terminal.until((text) => text.includes('status'));
  t.deepEqual(lines.filter((line) => line !== '').slice(0, 2), ['before', 'status 0']);
  t.is(await terminal.mode(), 'normal cursor');
  const { snapshot = 0, 'get-totals': totals = 0, ...others } = await requests();
  t.true(snapshot > 2 && Math.abs(snapshot - totals) <= 1);
  t.deepEqual(others, {});
});

test.serial('without the optional packages it says what to install', async (t) => {
  const file = join(folder, 'without-ink.mjs');
  const hook = `export async function resolve(name, context, next) {
    if (name === 'ink') throw Object.assign(new Error(name), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(name, context);
  }`;
  await writeFile(
    file,
    `import { register } from 'node:module';
     register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`,
  );
  await terminal.type(`clear; ${process.execPath} --import ${file} ${commandFile} top`);
  await terminal.press('Enter');
  const lines = await terminal.until((text) => text.includes('npm install'));
  t.regex(
    lines.join('\n'),
    /^ipvs: ipvs top needs the packages ink and react, which are optional/m,
  );
  t.is(lines[1]?.trim(), 'npm install ink@6 react@19');
});

test.serial('programs get a line of JSON for each reading', async (t) => {
  const command = `"$0" "$1" top --json --interval 0.5 --netns ${director.name} | head -n 2`;
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    command,
    process.execPath,
    commandFile,
  ]);
  const readings = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.is(readings.length, 2);
  for (const { time, totals, services } of readings) {
    t.is(new Date(time).toISOString(), time);
    t.is(totals.connections, packets);
    t.deepEqual(
      services.map(({ id }: { id: string }) => id),
      [dns, web, mark],
    );
    t.is(services[0].destinations[0].stats.connections, packets);
  }
});

test.serial('without colours the same is shown', async (t) => {
  await start('0.5', 'NO_COLOR=1');
  await untilNames(...all);
  const styled = await terminal.screen({ styled: true });
  t.false(styled.join('\n').includes('\u001b['));
});

test.serial('a reading that fails is shown, and it goes on', async (t) => {
  await director.ipvs.flush();
  await terminal.until((text) => text.includes('No services.'));
  const modprobe = labModprobe();
  const restore = replaceModprobe(t, 'exit 1');
  await unloadIpvs(t);
  const lines = await terminal.until((text) => text.includes('Not read since'));
  t.regex(lineOf(lines, 'Not read'), /tried again every 0\.5 s: ENOENT: /);
  restore();
  await promisify(execFile)(modprobe, ['ip_vs']);
  await director.ipvs.addService({ fwmark: 9 });
  const back = await terminal.until((text) => text.includes('fwmark/9/ipv4'));
  t.false(back.join('\n').includes('Not read'));
});

/** Waits until the shell has the terminal again, and says how the view ended. */
async function untilEnd(t: ExecutionContext): Promise<string> {
  const lines = await terminal.until((text) => text.includes('status'));
  t.is(lines[0], 'before');
  t.is(await terminal.mode(), 'normal cursor');
  return lines.filter((line) => line !== '').join('\n');
}

test.serial('the terminal is what it was when a signal ends the view', async (t) => {
  await signal('SIGTERM');
  t.regex(await untilEnd(t), /^before\nstatus 143\n/);
});

test.serial('the terminal is what it was when a mistake ends the view', async (t) => {
  const file = join(folder, 'mistake.mjs');
  await writeFile(file, `process.on('SIGUSR2', () => { throw new Error('a mistake'); });`);
  await start('60', '', '', `--import ${file}`);
  await signal('SIGUSR2');
  t.regex(await untilEnd(t), /Error: a mistake(.|\n)*\nstatus 1\n/);
});
