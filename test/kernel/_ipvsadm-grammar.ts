import fc from 'fast-check';

/** A command line of `ipvsadm`, and what it is to read. */
export interface Line {
  readonly words: readonly string[];
  readonly input?: string;
}

/** An option before it is spelled. */
interface Option {
  readonly long: string;
  readonly short?: string;
  readonly value?: string;
}

const flag = (long: string, short?: string): Option =>
  short === undefined ? { long } : { long, short };

const valued = (long: string, short: string | undefined, ...values: readonly string[]) =>
  fc
    .constantFrom(...values)
    .map((value): Option => (short === undefined ? { long, value } : { long, short, value }));

/** Few services and few servers, so that lines are about what earlier ones have made. */
const service = fc.constantFrom<readonly Option[]>(
  [{ long: 'tcp-service', short: 't', value: '10.9.0.1:80' }],
  [{ long: 'tcp-service', short: 't', value: '10.9.0.1:443' }],
  [{ long: 'tcp-service', short: 't', value: '10.9.0.2:0' }],
  [{ long: 'udp-service', short: 'u', value: '10.9.0.1:53' }],
  [{ long: 'udp-service', short: 'u', value: '10.9.0.1:domain' }],
  [{ long: 'sctp-service', value: '10.9.0.2:36' }],
  [{ long: 'tcp-service', short: 't', value: '[fd09::1]:80' }],
  [{ long: 'udp-service', short: 'u', value: '[FD09:0::2]:53' }],
  [{ long: 'fwmark-service', short: 'f', value: '7' }],
  [{ long: 'fwmark-service', short: 'f', value: '7' }, flag('ipv6', '6')],
  [{ long: 'fwmark-service', short: 'f', value: '2147483647' }],
);

const oddService = fc.oneof(
  valued(
    'tcp-service',
    't',
    ...['80', '', '10.9:80', '0x0a.9.0.010:+80', '10.9.0.1', '10.9.0.1:', '10.9.0.1:65536'],
    ...['fd09::1', '[fd09::1]', '[fd09::1]:x', '[10.9.0.1]:80', '10.9.0.1:http', '10.9.0.1:-1'],
  ),
  valued('fwmark-service', 'f', '0', '-3', '4294967296', '7x', '+7', ''),
);

/** Some of the options that there could be. */
const someOf = (...options: readonly fc.Arbitrary<Option>[]): fc.Arbitrary<Option[]> =>
  fc
    .tuple(...options.map((option) => fc.option(option, { freq: 2, nil: undefined })))
    .map((chosen) => chosen.filter((option) => option !== undefined));

const serviceSettings = someOf(
  fc.oneof(
    {
      weight: 9,
      arbitrary: valued('scheduler', 's', 'rr', 'wrr', 'lc', 'wlc', 'sh', 'mh', 'nq', 'none'),
    },
    { weight: 1, arbitrary: valued('scheduler', 's', '', 'No/such') },
  ),
  fc.oneof(
    fc.constant(flag('persistent', 'p')),
    valued('persistent', 'p', '1', '60', '2678400', '0', '2678401', 'x', '+5'),
  ),
  valued('netmask', 'M', '255.255.255.0', '255.255.0.0', '255.255.255.255', '64', '0', '129'),
  fc.constant(flag('ops', 'o')),
  valued(
    'sched-flags',
    'b',
    ...['flag-1', 'flag-2', 'flag-1,flag-2', 'sh-fallback,sh-port', 'mh-port', ',sh-port,', 'x'],
  ),
);

const server = valued(
  'real-server',
  'r',
  ...['10.8.0.1', '10.8.0.1:8080', '10.8.0.2:80', '10.8.0.3', '192.168.0.1:80', '10.8.0.4:http'],
  ...['[fd08::1]:80', 'fd08::2', '[fd08::1]:8080'],
);

const oddServer = valued(
  'real-server',
  'r',
  ...[
    '80',
    '10.8.0.1:x',
    '10.8.0.1:70000',
    '224.0.0.1:80',
    '0.0.0.0',
    '[fe80::1]:80',
    '[10.8.0.1]:9',
  ],
);

const serverSettings = someOf(
  fc.constantFrom(flag('masquerading', 'm'), flag('gatewaying', 'g'), flag('ipip', 'i')),
  valued('weight', 'w', '0', '1', '5', '65536', '2147483647', '-1', '2147483648', 'x', '+3', ''),
  valued('u-threshold', 'x', '0', '10', '2147483647', '-1', '4294967295'),
  valued('l-threshold', 'y', '0', '5', '20', 'x'),
);

const tunnelSettings = fc
  .tuple(
    valued('tun-type', undefined, 'ipip', 'gue', 'gre', 'vxlan'),
    someOf(
      valued('tun-port', undefined, '6080', '0', '65535'),
      fc.constantFrom(flag('tun-nocsum'), flag('tun-csum'), flag('tun-remcsum')),
      fc.constantFrom(flag('tun-csum')),
    ),
  )
  .map(([type, others]) => [flag('ipip', 'i'), type, ...others]);

const listing = someOf(
  ...['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info', 'nosort', 'sort', 'timeout']
    .concat(['daemon'])
    .map((long) => fc.constant(flag(long))),
  fc.constant(flag('exact', 'X')),
  fc.constant(flag('connection', 'c')),
).map((options) => [flag('numeric', 'n'), ...options.slice(0, 3)]);

const plainListing = fc
  .constantFrom(
    '',
    'stats',
    'rate',
    'thresholds',
    'persistent-conn',
    'tun-info',
    'timeout',
    'daemon',
  )
  .map((long) => [flag('numeric', 'n'), ...(long === '' ? [] : [flag(long)])]);

/** A command with its options, in a sensible order. */
const command: fc.Arbitrary<readonly Option[]> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(service, serviceSettings)
      .map(([service, settings]) => [flag('add-service', 'A'), ...service, ...settings]),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(service, serviceSettings)
      .map(([service, settings]) => [flag('edit-service', 'E'), ...service, ...settings]),
  },
  {
    weight: 14,
    arbitrary: fc
      .tuple(
        service,
        fc.oneof({ weight: 9, arbitrary: server }, { weight: 1, arbitrary: oddServer }),
      )
      .chain(([service, server]) =>
        fc
          .tuple(
            fc.constantFrom(flag('add-server', 'a'), flag('edit-server', 'e')),
            fc.oneof(
              { weight: 3, arbitrary: serverSettings },
              { weight: 1, arbitrary: tunnelSettings },
            ),
          )
          .map(([name, settings]) => [name, ...service, server, ...settings]),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(service, server)
      .map(([service, server]) => [flag('delete-server', 'd'), ...service, server]),
  },
  { weight: 1, arbitrary: service.map((service) => [flag('delete-service', 'D'), ...service]) },
  {
    weight: 1,
    arbitrary: oddService.chain((option) =>
      fc
        .constantFrom(flag('delete-service', 'D'), flag('zero', 'Z'), flag('add-service', 'A'))
        .map((name) => [name, option]),
    ),
  },
  { weight: 1, arbitrary: service.map((service) => [flag('zero', 'Z'), ...service]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom([flag('zero', 'Z')], [flag('save', 'S'), flag('numeric', 'n')]),
  },
  { weight: 2, arbitrary: plainListing.map((options) => [flag('list', 'L'), ...options]) },
  { weight: 2, arbitrary: listing.map((options) => [flag('list', 'l'), ...options]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(service, plainListing)
      .map(([service, options]) => [flag('list', 'L'), ...service, ...options]),
  },
);

const timeouts = fc
  .array(fc.constantFrom('0', '1', '900', '2678400', '2678401', 'x', '-1'), {
    minLength: 2,
    maxLength: 4,
  })
  .map((words) => ['--set', ...words]);

/** An option as one or two words; a choice says how. */
function spell({ long, short, value }: Option, choice: number): string[] {
  if (value === undefined)
    return [short !== undefined && choice % 3 !== 0 ? `-${short}` : `--${long}`];
  if (choice % 5 === 0) return [`--${long}=${value}`];
  if (short === undefined || choice % 5 === 1) return [`--${long}`, value];
  // An optional value of nothing would not be one.
  if (choice % 5 === 2 && value !== '') return [`-${short}${value}`];
  return choice % 5 === 3 ? [`-${short}=${value}`] : [`-${short}`, value];
}

/** Puts short options without a value into one word, where they follow each other. */
function bundle(words: readonly string[]): string[] {
  const bundled: string[] = [];
  for (const word of words) {
    const last = bundled.at(-1);
    const isBundle = last !== undefined && /^-[A-Za-z6]+$/.test(last) && !takesValue(last);
    if (isBundle && /^-[A-Za-z6]$/.test(word)) bundled.push(bundled.pop() + word.slice(1));
    else bundled.push(word);
  }
  return bundled;
}

function takesValue(word: string): boolean {
  return /[tufsMrwxybp]$/.test(word);
}

const spelled: fc.Arbitrary<string[]> = fc
  .tuple(command, fc.array(fc.nat(29), { minLength: 12, maxLength: 12 }), fc.boolean(), fc.nat(9))
  .chain(([options, choices, bundles, turn]) => {
    const [first, ...rest] = options as [Option, ...Option[]];
    // The order of options means something to a few.
    const order =
      turn === 0 ? fc.shuffledSubarray(rest, { minLength: rest.length }) : fc.constant(rest);
    return order.map((rest) => {
      const words = [first, ...rest].flatMap((option, index) => spell(option, choices[index] ?? 0));
      return bundles ? bundle(words) : words;
    });
  });

const junk = fc.constantFrom(
  '--foo',
  '-q',
  'foo',
  '-n',
  '-A',
  '--',
  '-',
  '',
  '-6',
  '--stats',
  '-w=',
);

/** A line with a word too many or too few. */
const broken = fc.tuple(spelled, fc.nat(8), fc.nat(2), junk).map(([words, at, way, junk]) => {
  const index = at % words.length;
  if (way === 0) return words.toSpliced(index, 1);
  return words.toSpliced(index, 0, way === 1 ? (words[index] as string) : junk);
});

const single = fc.oneof(
  { weight: 12, arbitrary: spelled },
  { weight: 3, arbitrary: broken },
  { weight: 1, arbitrary: timeouts },
);

/** Rules to read. */
const restoring = fc
  .array(fc.tuple(fc.constantFrom('', 'ipvsadm ', '  '), single), { minLength: 1, maxLength: 6 })
  .map((lines): Line => {
    const texts = lines.map(
      ([start, words]) => start + words.filter((word) => word !== '').join(' '),
    );
    return { words: ['-R'], input: `${texts.join('\n')}\n` };
  });

/** Command lines of every kind, valid and not. */
export const anyLine: fc.Arbitrary<Line> = fc.oneof(
  { weight: 20, arbitrary: single.map((words): Line => ({ words })) },
  { weight: 1, arbitrary: restoring },
);
