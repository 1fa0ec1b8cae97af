import type { Argument, Command, Option } from 'commander';
import { choicesOf, findExamples } from './verb.js';

/** The manual page of the program, as roff for `man`. Every verb has to be loaded. */
export function formatManual(program: Command, version: string): string {
  const verbs = program.commands.flatMap((command) => describeCommand(command, program.name()));
  return [
    `.TH ${program.name().toUpperCase()} 8 "" "ipvs ${version}" "System Administration"`,
    '.SH NAME',
    `ipvs \\- ${roff(lower(program.description()))}`,
    '.SH SYNOPSIS',
    '.B ipvs',
    '.I verb',
    '.RI [ options ]',
    '.RI [ arguments ]',
    '.SH DESCRIPTION',
    ...introduction.map(roff),
    '.SH "COMMON OPTIONS"',
    'All verbs take these where they make sense.',
    ...commonOptions(program).flatMap(describeOption),
    '.SH VERBS',
    ...verbs,
    '.SH "EXIT STATUS"',
    ...exitStatuses.flatMap(([status, meaning]) => ['.TP', `.B ${status}`, roff(meaning)]),
    '.SH ENVIRONMENT',
    '.TP',
    '.B NO_COLOR',
    'If it is set and not empty, nothing is coloured.',
    '.SH "SEE ALSO"',
    '.BR ipvsadm (8),',
    '.BR ip\\-netns (8)',
    '',
  ].join('\n');
}

const introduction = [
  'Shows and changes the load balancer of the Linux kernel, IPVS: services, their destinations, and what the kernel says of them.',
  'A service is named by its protocol, address and port, as in tcp/10.0.0.1:80 and udp/[fd09::1]:53, or by a firewall mark, as in fwmark/7 and fwmark/7/ipv6.',
  'A destination is named by its address and port; the port is that of the service unless it is said.',
];

const exitStatuses = [
  ['0', 'It was done, or there was nothing to do.'],
  ['1', 'It failed, or was done in part; the reason is on the error stream.'],
  ['2', 'Of plan with \\-\\-detailed\\-exitcode: there is something to do.'],
  ['3', 'Of apply: it was done, and destinations are still draining.'],
  ['130, 143', 'It was stopped by SIGINT or SIGTERM before the end.'],
] as const;

const common = new Set(['--json', '--netns', '--timeout', '--transport']);

/** The options that most verbs have, each once. */
function commonOptions(program: Command): Option[] {
  const all = program.commands.flatMap(({ options }) => options);
  return [...common].flatMap((long) => all.find((option) => option.long === long) ?? []);
}

function isOwn({ hidden, long }: Option): boolean {
  return !hidden && !common.has(long ?? '');
}

function describeCommand(command: Command, parent: string): string[] {
  const words = `${parent} ${command.name()}`;
  const usage = command.registeredArguments.map(describeArgument).join(' ');
  return [
    `.SS "${roff(words)}${usage === '' ? '' : ` ${roff(usage)}`}"`,
    roff(command.description()),
    ...command.registeredArguments.flatMap((argument) => [
      '.TP',
      `.I ${roff(argument.name())}`,
      roff(sentence(argument.description)),
    ]),
    ...command.options.filter(isOwn).flatMap(describeOption),
    ...findExamples(command).flatMap(({ line, does }) => [
      '.PP',
      `${roff(sentence(does))}`,
      '.PP',
      '.RS 4',
      '.EX',
      roff(line),
      '.EE',
      '.RE',
    ]),
    ...command.commands.flatMap((each) => describeCommand(each, words)),
  ];
}

function describeArgument(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function describeOption(option: Option): string[] {
  const { flags, description, defaultValue } = option;
  const words = choicesOf(option).filter((word) => !description.includes(word));
  const choices = words.length === 0 ? '' : ` One of ${choicesOf(option).join(', ')}.`;
  const standard = defaultValue === undefined ? '' : ` Default ${String(defaultValue)}.`;
  return ['.TP', `.B ${roff(flags)}`, roff(`${sentence(description)}${choices}${standard}`)];
}

/** Text that roff prints as it is. */
function roff(text: string): string {
  return text
    .replaceAll(/\\(?!-)/g, '\\e')
    .replaceAll(/(?<!\\)-/g, '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');
}

function sentence(text: string): string {
  const whole = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

function lower(text: string): string {
  return text.replace(/\.$/, '').replace(/^The /, 'the ');
}
