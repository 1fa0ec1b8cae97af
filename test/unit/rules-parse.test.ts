import test from 'ava';
import { documentFromRules, InvalidValueError, parseRules, type Rule, RuleSyntaxError } from 'ipvs';

type Bare<Each> = Each extends unknown ? Omit<Each, 'line'> : never;

const reads = test.macro({
  exec(t, line: string, ...rules: Bare<Rule>[]) {
    t.deepEqual<unknown, unknown>(
      parseRules(line),
      rules.map((rule) => ({ ...rule, line: 1 })),
    );
  },
  title: (_, line) => `${JSON.stringify(line)} is read`,
});

const web = { protocol: 'tcp', address: '1.2.3.5', port: 0 } as const;

test(reads, '');
test(reads, '   \t ');
test(reads, '# -A -t 1.2.3.5:80');
test(reads, '  # -A');
test(reads, 'ipvsadm');
test(reads, '-C', { command: 'clear' });
test(reads, 'ipvsadm -C # all of it', { command: 'clear' });
test(reads, '-Z', { command: 'zero' });
test(reads, '-Z -f 7', { command: 'zero', service: { fwmark: 7, family: 'ipv4' } });
test(reads, '-A -t 1.2.3.5:0 -s rr -p 360\r', {
  command: 'add-service',
  service: { ...web, scheduler: 'rr', persistence: { timeout: 360 } },
});
test(reads, '-A -u [2001:db8::5]:53 -s wlc -p 60 -M 64 -o', {
  command: 'add-service',
  service: {
    protocol: 'udp',
    address: '2001:db8::5',
    port: 53,
    scheduler: 'wlc',
    persistence: { timeout: 60, netmask: 64 },
    onePacket: true,
  },
});
test(reads, '-A -f 8 -s sh -p 50 -M 255.255.255.0 -b sh-fallback', {
  command: 'add-service',
  service: {
    fwmark: 8,
    family: 'ipv4',
    scheduler: 'sh',
    schedulerFlags: ['sh-fallback'],
    persistence: { timeout: 50, netmask: '255.255.255.0' },
  },
});
test(reads, '-a -f 8 -r 10.20.0.2:0 -m -w 3', {
  command: 'add-destination',
  service: { fwmark: 8, family: 'ipv4' },
  destination: { address: '10.20.0.2', port: 0, forward: 'masquerade', weight: 3 },
});
test(reads, '-a -f 7 -6 -r [fd20::2]:0 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum', {
  command: 'add-destination',
  service: { fwmark: 7, family: 'ipv6' },
  destination: {
    address: 'fd20::2',
    port: 0,
    forward: 'tunnel',
    weight: 1,
    tunnel: { type: 'gue', port: 6080, checksum: 'full' },
  },
});
test(reads, '-a -t 1.2.3.4:80 -r 10.0.0.1:8080 -g -x 10 -y 5', {
  command: 'add-destination',
  service: { protocol: 'tcp', address: '1.2.3.4', port: 80 },
  destination: {
    address: '10.0.0.1',
    port: 80,
    forward: 'direct',
    weight: 1,
    upperThreshold: 10,
    lowerThreshold: 5,
  },
});
test(reads, '-A --sctp-service 1.2.3.4:9 -s fo', {
  command: 'add-service',
  service: { protocol: 'sctp', address: '1.2.3.4', port: 9, scheduler: 'fo' },
});
test(reads, '-e -t1.2.3.4:80 -r=10.0.0.1 -mw0', {
  command: 'edit-destination',
  service: { protocol: 'tcp', address: '1.2.3.4', port: 80 },
  destination: { address: '10.0.0.1', port: 80, forward: 'masquerade', weight: 0 },
});
test(reads, '--delete-server --tcp-service=1.2.3.4:80 --real-server 10.0.0.1', {
  command: 'delete-destination',
  service: { protocol: 'tcp', address: '1.2.3.4', port: 80 },
  destination: { address: '10.0.0.1', port: 80 },
});
test(reads, '-D -u 1.2.3.4:80', {
  command: 'delete-service',
  service: { protocol: 'udp', address: '1.2.3.4', port: 80 },
});
test(reads, '--set 900 0 300', { command: 'set-timeouts', timeouts: { tcp: 900, udp: 300 } });
test(reads, '--start-daemon master --mcast-interface eth1 --syncid 3', {
  command: 'start-daemon',
  daemon: { role: 'master', interface: 'eth1', syncId: 3 },
});
test(
  reads,
  '--start-daemon=backup --sync-maxlen 1472 --mcast-group ff02::81 --mcast-port 9 --mcast-ttl 2',
  {
    command: 'start-daemon',
    daemon: {
      role: 'backup',
      interface: 'eth0',
      syncId: 0,
      maxLength: 1472,
      group: 'ff02::81',
      port: 9,
      ttl: 2,
    },
  },
);
test(reads, '--stop-daemon backup', { command: 'stop-daemon', role: 'backup' });

// What versions of ipvsadm write and do not read.
test(reads, '-A -f -5 -s rr', {
  command: 'add-service',
  service: { fwmark: 4294967291, family: 'ipv4', scheduler: 'rr' },
});
test(reads, '-A -f 7 -s sh -b ', {
  command: 'add-service',
  service: { fwmark: 7, family: 'ipv4', scheduler: 'sh' },
});
test(reads, '-A -u 192.0.2.1:53 -s rr -p 60 pe sip ops', {
  command: 'add-service',
  service: {
    protocol: 'udp',
    address: '192.0.2.1',
    port: 53,
    scheduler: 'rr',
    persistence: { timeout: 60, engine: 'sip' },
    onePacket: true,
  },
});

test('names of hosts and ports are looked up', (t) => {
  const names = {
    host: (name: string) => (name === 'web.example' ? '192.0.2.9' : undefined),
    port: (name: string, protocol: string) =>
      `${name}/${protocol}` === 'http/tcp' ? 80 : undefined,
  };
  const [rule] = parseRules('-D -t web.example:http', { names });
  t.like(rule, { service: { protocol: 'tcp', address: '192.0.2.9', port: 80 } });
  t.throws(() => parseRules('-D -u web.example:http', { names }), { instanceOf: RuleSyntaxError });
  t.throws(() => parseRules('-D -t web.example:http'), { instanceOf: RuleSyntaxError });
});

test('lines are counted', (t) => {
  const text = '# saved\n\n-A -f 1\n ipvsadm -a -f 1 -r 10.0.0.1\n';
  t.deepEqual(
    parseRules(text).map(({ line }) => line),
    [3, 4],
  );
});

const refuses = test.macro({
  exec(t, line: string, column: number, text: string, expected: RegExp) {
    const error = t.throws(() => parseRules(`\n${line}\n-C`), { instanceOf: RuleSyntaxError });
    t.is(error?.line, 2);
    t.is(error?.column, column);
    t.is(error?.text, text);
    t.is(error?.source, line);
    t.regex(error?.expected ?? '', expected);
  },
  title: (_, line) => `${JSON.stringify(line)} is refused`,
});

test(refuses, 'A -t 1.2.3.4:80', 1, 'A', /rule/);
test(refuses, ' -L -n', 2, '-L', /rule/);
test(refuses, '-S', 1, '-S', /rule/);
test(refuses, '-t 1.2.3.4:80 -A', 1, '-t', /rule/);
test(refuses, '-A -t 1.2.3.4', 4, '-t', /port/);
test(refuses, '-A -t 1.2.3.4.5:80', 7, '1.2.3.4.5:80', /address/);
test(refuses, '-A -t [fd09::1] -p', 7, '[fd09::1]', /address/);
test(refuses, '-A -s rr', 9, '', /service-address/);
test(refuses, '-a -t 1.2.3.4:80 -r 10.0.0.1 -w x', 33, 'x', /whole number from 0 to 2147483647/);
test(refuses, '-a -t 1.2.3.4:80 -r 10.0.0.1 -w', 30, '-w', /value/);
test(refuses, '-a -t 1.2.3.4:80 -r 10.0.0.1 -mi', 32, 'i', /once/);
test(refuses, '-a -t 1.2.3.4:80 -r fd00::1', 18, '-r', /same family/);
test(refuses, '-A -t 1.2.3.4:80 --pesistent', 18, '--pesistent', /option/);
test(refuses, '-A -t 1.2.3.4:80 --ops', 18, '--ops', /-u or -f/);
test(refuses, '-A -t 1.2.3.4:80 -s rr -b sh-port', 27, 'sh-port', /scheduler rr/);
test(refuses, '-A -t 1.2.3.4:80 -w 3', 18, '-w', /another option/);
test(refuses, '-A -t 1.2.3.4:80 rr', 18, 'rr', /option/);
test(refuses, '-A -f 0', 7, '0', /1 to 4294967295/);
test(refuses, '-A -6 -f 7', 4, '-6', /-f before/);
test(refuses, '--set 1 2', 9, '2', /three/);
test(refuses, '--start-daemon primary', 16, 'primary', /master or backup/);

test('an error shows of a long line what is near', (t) => {
  const line = `-A ${' '.repeat(5000)}-f twelve${' '.repeat(5000)}`;
  const error = t.throws<RuleSyntaxError>(() => parseRules(line), { instanceOf: RuleSyntaxError });
  t.is(error.source, line);
  const [, shown = '', marks = ''] = error.message.split('\n');
  t.is(shown.length, 204);
  t.regex(shown, /^\| … {97}-f twelve {94}…$/);
  t.is(marks.indexOf('^'), shown.indexOf('twelve'));
  t.is(marks.trimEnd().length, shown.indexOf('twelve') + 'twelve'.length);
});

test('an error shows the line, and what is wrong underlined', (t) => {
  const error = t.throws(() => parseRules('-C\n\t-a -f 1 -r 10.0.0.1 -w  -3x\n'), {
    instanceOf: RuleSyntaxError,
  });
  t.is(error?.code, 'ERR_IPVS_RULE_SYNTAX');
  t.is(
    error?.message,
    [
      'line 2, column 26: illegal weight specified: expected a whole number from 0 to 2147483647, got "-3x"',
      '| \t-a -f 1 -r 10.0.0.1 -w  -3x',
      '| \t                        ^^^',
    ].join('\n'),
  );
});

test('rules come to the document that they would make of an empty table', (t) => {
  const rules = parseRules(`
    -A -t 10.0.0.9:80
    -C
    --set 100 0 0
    -A -t 10.0.0.1:80 -s rr
    -a -t 10.0.0.1:80 -r 10.1.0.1 -m
    -a -t 10.0.0.1:80 -r 10.1.0.2 -m -w 5
    -e -t 10.0.0.1:80 -r 10.1.0.2
    -d -t 10.0.0.1:80 -r 10.1.0.1:80
    -E -t 10.0.0.1:80 -s wrr
    -A -f 7
    -D -f 7
    --set 0 0 200
    --start-daemon master
    -Z
  `);
  t.deepEqual<unknown, unknown>(documentFromRules(rules), {
    version: 1,
    services: [
      {
        protocol: 'tcp',
        address: '10.0.0.1',
        port: 80,
        scheduler: 'wrr',
        destinations: [{ address: '10.1.0.2', port: 80, forward: 'direct', weight: 1 }],
      },
    ],
    timeouts: { tcp: 100, udp: 200 },
  });
});

const impossible = test.macro({
  exec(t, text: string, line: number, expected: RegExp) {
    const error = t.throws(() => documentFromRules(parseRules(text)), {
      instanceOf: InvalidValueError,
    });
    t.regex(error?.path ?? '', new RegExp(`\\(line ${line}\\)`));
    t.regex(error?.expected ?? '', expected);
  },
  title: (_, text) => `${JSON.stringify(text)} cannot be carried out`,
});

test(impossible, '-A -f 1\n-A -f 1', 2, /a service that is not there yet/);
test(impossible, '-D -f 1', 1, /a service that an earlier rule adds/);
test(impossible, '-a -f 1 -r 10.0.0.1', 1, /a service/);
test(impossible, '-A -f 1\n\n-d -f 1 -r 10.0.0.1', 3, /a destination that an earlier rule adds/);
test(impossible, '-A -f 1\n-a -f 1 -r 10.0.0.1\n-a -f 1 -r 10.0.0.1', 3, /not there yet/);
