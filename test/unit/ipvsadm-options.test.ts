import test from 'ava';
import { CommandLineError } from '#lib/rules/command-line-error.js';
import { readCommandLine } from '#lib/rules/read-command-line.js';

/** Words as they would stand in a shell. */
const wordsOf = (line: string) => line.split(' ').filter((word) => word !== '');

const strictly = (line: string) => readCommandLine(wordsOf(line), { names: {}, lenient: false });

const asks = test.macro({
  exec(t, line: string, ...said: string[]) {
    const read = strictly(line);
    t.is(read.kind, 'list');
    if (read.kind === 'list') t.deepEqual([...read.request.said].sort(), [...said].sort());
  },
  title: (_, line) => `${line} is a listing`,
});

test(asks, '-Ln', 'numeric');
test(asks, '-ln', 'numeric');
test(asks, '-L --stats -n --exact', 'numeric', 'stats', 'exact');
test(asks, '-LnX --rate --sort --sort', 'numeric', 'rate', 'exact');
test(asks, '-Lnc', 'numeric', 'connection');
test(asks, '-L -t 1.2.3.4:80', 'service-address');
test(asks, '-L -- ');

const fails = test.macro({
  exec(t, line: string, status: 2 | 255, message: string) {
    const error = t.throws(() => strictly(line), { instanceOf: CommandLineError });
    t.is(error?.message, message);
    t.is(error?.status, status);
  },
  title: (_, line, status) => `${line} ends with ${status}`,
});

const tryHelp = "Try `ipvsadm -h' or 'ipvsadm --help' for more information.";

test(fails, 'foo', 255, tryHelp);
test(fails, '-n -L', 255, tryHelp);
test(fails, '--lis', 255, tryHelp);
test(fails, '--start-daemon', 255, tryHelp);
test(fails, '-L --foo', 255, '--foo: unknown option');
test(fails, '-Lq', 255, '-Lq: unknown option');
test(fails, '-A -t', 255, '-t: missing argument');
test(fails, '-L --stats=1', 255, '--stats=1: option does not take an argument');
test(fails, '-L -A', 2, "invalid option `-A'");
test(fails, '-L foo', 2, 'unexpected argument foo');
test(fails, '-L -n -n', 2, "multiple 'numeric' options specified");
test(fails, '-A -t 1.2.3.4:80 -f 3', 2, "multiple 'service-address' options specified");
test(
  fails,
  '-A -t 1.2.3.4:80 -r 1.1.1.1',
  2,
  "Illegal 'real-server' option with the 'add-service' command",
);
test(
  fails,
  '-A',
  2,
  "You need to supply the 'service-address' option for the 'add-service' command",
);
test(
  fails,
  '-L -c -t 1.2.3.4:80',
  2,
  "The option 'service-address' conflicts with the 'connection' option in the 'list' command",
);
test(fails, '-L -c --stats', 2, 'options conflicts in the list command');
test(fails, '-A -t 1.2.3.4:0', 2, 'Zero port specified for non-persistent service');
test(fails, '-A -t [1.2.3.4]:80', 2, 'Zero port specified for non-persistent service');
test(fails, '-A -t 80', 2, 'illegal virtual server address[:port] specified');
test(fails, '-A -f 4294967296', 2, "invalid fwmark value `4294967296' specified");
test(fails, '-A -f -5', 2, "invalid fwmark value `-5' specified");
test(fails, '-A -6 -f 7', 2, '-6 used before -f\n');
test(fails, '-A -f 7 -p 0', 2, "invalid timeout value `0' specified");
test(fails, '-a -f 7 -r 1.1.1.1 --tun-type gue', 2, 'Tunnel options conflict with forward method');
test(
  fails,
  '-a -f 7 -r 1.1.1.1 -i --tun-type gue',
  2,
  "You need to supply the 'tun-port' option for the 'gue' tunnel type",
);
test(
  fails,
  '-a -f 7 -r 1.1.1.1 -i --tun-csum',
  2,
  "Illegal 'tun-csum' option with the 'ipip' tunnel type",
);
test(
  fails,
  '-a -f 7 -r 1.1.1.1 -i --tun-type gre --tun-csum --tun-nocsum',
  2,
  "The option 'tun-csum' conflicts with the 'tun-nocsum' option in the 'gre' tunnel type",
);
test(
  fails,
  '-a -f 7 -r [fd00::1]:1',
  2,
  'Different address family is allowed only for tunneling servers',
);
test(fails, '--set 1 2', 2, '--set option requires 3 timeout values');
test(fails, '--set 1 2 3 4', 2, 'unexpected argument 4');

const names = test.macro({
  exec(t, text: string, address: string, port: number) {
    const read = strictly(`-D -t ${text}`);
    t.like(read, { kind: 'command', command: { service: { protocol: 'tcp', address, port } } });
  },
  title: (_, text) => `${text} is an address`,
});

test(names, '10.0.0.1:80', '10.0.0.1', 80);
test(names, '10.1:80', '10.0.0.1', 80);
test(names, '0x0a.0.0.010:+80', '10.0.0.8', 80);
test(names, '1:7', '0.0.0.1', 7);
test(names, '10.0.0.1', '10.0.0.1', 0);
test(names, '[2001:DB8:0::1]:80', '2001:db8::1', 80);
test(names, '2001:db8::1:80', '2001:db8::1:80', 0);
test(names, '[10.0.0.1]:80', '10.0.0.1', 0);

test('options are heard in their order', (t) => {
  t.like(strictly('-a -r 10.0.0.1 -t 1.2.3.4:80 -m'), {
    command: { destination: { port: 0 } },
  });
  t.like(strictly('-A -M 255.0.0.0 -f 7 -6 -p'), {
    command: { service: { persistence: { timeout: 360 } } },
  });
});
