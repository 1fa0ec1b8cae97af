import { InvalidArgumentError } from 'commander';
import type { Selector } from '../../types/plan.js';
import type { Protocol } from '../../types/service.js';
import type { Mutable } from '../model/fields.js';
import { parseNetwork } from '../model/network.js';
import { parseServiceId } from '../model/service-id.js';

const expected =
  'Expected networks, services, marks, tcp, udp, sctp, ipv4, ipv6 or ports, such as 10.9.0.0/24, tcp/10.9.0.1:80, ' +
  'fwmark/7, fwmark/1-99 or port/8000-8099; with commas between them, all must match.';

/** Reads what services are chosen by: parts with commas between them, all of which must match. */
export function parseSelector(text: string): Selector {
  const selector: Mutable<Selector> = {};
  for (const part of text.split(',')) {
    for (const [name, value] of Object.entries(parsePart(part.trim()))) {
      if (Object.hasOwn(selector, name)) {
        throw new InvalidArgumentError(`It says two things about ${name}.`);
      }
      Object.assign(selector, { [name]: value });
    }
  }
  const { fwmark, cidr, ports, protocol } = selector;
  if (fwmark !== undefined && (cidr ?? ports ?? protocol) !== undefined) {
    throw new InvalidArgumentError('A mark has no address, port or protocol.');
  }
  return selector;
}

function parsePart(part: string): Selector {
  const word = part.toLowerCase();
  if (word === 'tcp' || word === 'udp' || word === 'sctp') return { protocol: word };
  if (word === 'ipv4' || word === 'ipv6') return { family: word };
  const [, kind, first, last = first] = /^(port|fwmark)\/(\d+)(?:-(\d+))?$/.exec(word) ?? [];
  if (kind === 'port') return { ports: [range(first, last, 0, 65_535)] };
  if (kind === 'fwmark') return { fwmark: range(first, last, 1, 0xffffffff) };
  if (parseNetwork(part) !== undefined) return { cidr: part };
  return parseService(part);
}

function range(
  first: string | undefined,
  last: string | undefined,
  lowest: number,
  highest: number,
): number | readonly [number, number] {
  const [from, to] = [Number(first), Number(last)];
  if (from >= lowest && from <= to && to <= highest) return from === to ? from : [from, to];
  throw new InvalidArgumentError(
    `Expected whole numbers from ${lowest} to ${highest}, the lower first.`,
  );
}

function parseService(part: string): Selector {
  const key = keyOf(part);
  if (key.kind === 'fwmark') return { fwmark: key.fwmark, family: key.family };
  const protocol = ({ 6: 'tcp', 17: 'udp', 132: 'sctp' } as Record<number, Protocol>)[key.protocol];
  if (protocol === undefined) throw new InvalidArgumentError(expected);
  return { protocol, cidr: key.address, ports: [key.port] };
}

function keyOf(part: string): ReturnType<typeof parseServiceId> {
  try {
    return parseServiceId(part);
  } catch {
    throw new InvalidArgumentError(expected);
  }
}
