import type { ObservedProtocol } from '../../../types/service.js';
import type { ApplicationHelper } from '../../../types/stats.js';
import { protocolName } from '../../model/protocol.js';
import { MalformedText } from './malformed-text.js';

/** Protocols that the kernel calls by name; the others are `IP_` and a number. */
const names: ReadonlyMap<string, number> = new Map([
  ['IP', 0],
  ['ICMP', 1],
  ['TCP', 6],
  ['UDP', 17],
  ['ICMPv6', 58],
  ['SCTP', 132],
]);

const row = /^(\S+) +(\d{1,5}) +(-?\d+) +(\S+) *$/;

/** Reads `/proc/net/ip_vs_app`: a line of headings, then protocol, port, uses and name of each helper's port. */
export function parseApplications(text: string): ApplicationHelper[] {
  const [, ...lines] = text.split('\n');
  if (lines.pop() !== '') throw new MalformedText('a line of headings and whole lines', text);
  return lines.map((line) => {
    const [, protocol = '', port, uses, name = ''] = row.exec(line) ?? [];
    if (name === '') throw new MalformedText('a protocol, a port, a number and a name', line);
    return { protocol: parseProtocol(protocol), port: Number(port), name, uses: Number(uses) };
  });
}

function parseProtocol(word: string): ObservedProtocol {
  const number = names.get(word) ?? Number(/^IP_(\d{1,5})$/.exec(word)?.[1] ?? Number.NaN);
  if (Number.isNaN(number)) throw new MalformedText('a protocol', word);
  return protocolName(number);
}
