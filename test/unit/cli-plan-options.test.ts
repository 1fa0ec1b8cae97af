import test from 'ava';
import { Command, CommanderError } from 'commander';
import type { DiffOptions, DrainPolicy } from 'ipvs';
import {
  addDrainOptions,
  addPlanOptions,
  drainPolicy,
  type PlanVerbOptions,
  planOptions,
} from '#lib/cli/plan-options.js';
import { parseSelector } from '#lib/cli/selector.js';

const quiet = { writeErr: () => {} };

/** What a command line means. */
function optionsOf(...words: readonly string[]): DiffOptions {
  const command = addPlanOptions(new Command('plan').exitOverride().configureOutput(quiet));
  command.parse(words, { from: 'user' });
  return planOptions(command, command.opts<PlanVerbOptions>());
}

function policyOf(...words: readonly string[]): DrainPolicy | undefined {
  const command = addDrainOptions(new Command('drain').exitOverride().configureOutput(quiet));
  command.parse(words, { from: 'user' });
  return drainPolicy(command.opts());
}

test('without a word it is about what the document names', (t) => {
  t.deepEqual(optionsOf(), { scope: { mode: 'declared' } });
  t.is(policyOf(), undefined);
});

test('scopes', (t) => {
  t.deepEqual(optionsOf('--exclusive').scope, { mode: 'exclusive' });
  t.deepEqual(optionsOf('--exclusive', '--exclude', 'fwmark/7').scope, {
    mode: 'exclusive',
    exclude: [{ fwmark: 7 }],
  });
  t.deepEqual(
    optionsOf('--select', '10.9.0.0/24', '--select', 'udp,port/53', '--exclude', 'ipv6').scope,
    {
      mode: 'selected',
      include: [{ cidr: '10.9.0.0/24' }, { protocol: 'udp', ports: [53] }],
      exclude: [{ family: 'ipv6' }],
    },
  );
});

test('guards', (t) => {
  t.is(optionsOf('--max-removals', '3').maxRemovals, 3);
  t.is(optionsOf('--max-removals', '0').maxRemovals, 0);
  t.is(optionsOf('--max-removals', '10%').maxRemovals, 0.1);
  t.is(optionsOf('--max-removals', '0.25').maxRemovals, 0.25);
  t.deepEqual(optionsOf('--allow', 'add-dest,set-dest', '--allow', 'add-service').allow, [
    'add-dest',
    'set-dest',
    'add-service',
  ]);
  t.true(optionsOf('--allow-empty').allowEmpty);
  t.deepEqual(optionsOf('--ignore', 'weight').ignore, ['weight']);
});

test('drains', (t) => {
  const words = ['until=no-active', 'deadline=5m', 'poll=500ms', 'udp=wait', 'hash=refuse'];
  const policy = {
    until: 'no-active',
    deadline: 300_000,
    poll: 500,
    udp: 'wait',
    hash: 'refuse',
  } as const;
  t.deepEqual(policyOf('--mode=wait', ...words.map((word) => `--${word}`)), {
    mode: 'wait',
    ...policy,
  });
  t.deepEqual(optionsOf(...words.map((word) => `--drain-${word}`)).drain, policy);
  t.deepEqual(optionsOf('--drain-mode', 'immediate').drain, { mode: 'immediate' });
});

test('what services are chosen by', (t) => {
  t.deepEqual(parseSelector('10.9.0.1'), { cidr: '10.9.0.1' });
  t.deepEqual(parseSelector('fd09::/64'), { cidr: 'fd09::/64' });
  t.deepEqual(parseSelector('tcp/10.9.0.1:80'), { protocol: 'tcp', cidr: '10.9.0.1', ports: [80] });
  t.deepEqual(parseSelector('UDP/[fd09::1]:53'), { protocol: 'udp', cidr: 'fd09::1', ports: [53] });
  t.deepEqual(parseSelector('fwmark/7/ipv6'), { fwmark: 7, family: 'ipv6' });
  t.deepEqual(parseSelector('fwmark/1-99'), { fwmark: [1, 99] });
  t.deepEqual(parseSelector('10.9.0.0/24, tcp, port/8000-8099'), {
    cidr: '10.9.0.0/24',
    protocol: 'tcp',
    ports: [[8000, 8099]],
  });
});

test('what is wrong is refused, with the name of the option and what was expected', (t) => {
  const cases: readonly (readonly [words: readonly string[], pattern: RegExp])[] = [
    [['--select', 'web'], /--select <services>.*'web' is invalid.*10\.9\.0\.0\/24/],
    [['--select', '10.9.0.0/33'], /--select/],
    [['--select', 'protocol-47/10.0.0.1:0'], /--select/],
    [['--select', 'tcp,udp'], /two things about protocol/],
    [['--select', 'fwmark/7,tcp'], /A mark has no address/],
    [['--select', 'port/70000'], /0 to 65535/],
    [['--select', 'fwmark/9-1'], /the lower first/],
    [['--exclude', ''], /--exclude/],
    [['--exclude', 'tcp'], /--exclude <services>' needs --exclusive or --select/],
    [['--exclusive', '--select', 'tcp'], /--exclusive' cannot be used with option '--select/],
    [['--max-removals', '-1'], /--max-removals/],
    [['--max-removals', '100%'], /--max-removals/],
    [['--max-removals', '1.5'], /--max-removals/],
    [['--allow', 'flush'], /--allow <kinds>.*Expected add-service/],
    [['--ignore', 'port'], /--ignore <field>.*Expected weight/],
    [['--drain-mode', 'later'], /--drain-mode <mode>.*Expected wait, immediate/],
    [['--drain-deadline', '5'], /--drain-deadline <time>.*0 to 31 days/],
    [['--drain-deadline', '32000h'], /--drain-deadline/],
    [['--drain-poll', '1ms'], /--drain-poll <time>.*10 milliseconds/],
    [['--state'], /argument missing/],
  ];
  for (const [words, pattern] of cases) {
    const error = t.throws(() => optionsOf(...words), { instanceOf: CommanderError });
    t.regex(error.message, pattern, words.join(' '));
  }
  t.throws(() => policyOf('--until', 'never'), { message: /idle, no-active/ });
});
