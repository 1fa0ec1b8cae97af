/** The three real servers. */
export const servers = ['A', 'B', 'C'] as const;

export type Server = (typeof servers)[number];

/** A number for each server: weights, connections, answers. */
export type PerServer = Readonly<Record<Server, number>>;

/** Makes a number for each server. */
export function perServer(value: (server: Server) => number): PerServer {
  return { A: value('A'), B: value('B'), C: value('C') };
}

export function sum(numbers: PerServer): number {
  return numbers.A + numbers.B + numbers.C;
}

export function sameNumbers(one: PerServer, other: PerServer): boolean {
  return servers.every((server) => one[server] === other[server]);
}

/** `3:2:1`. */
export function ratio(weights: PerServer): string {
  return servers.map((server) => weights[server]).join(':');
}

/** What each server gets by the weights: weighted round robin is exact where shares are whole. */
export function shares(requests: number, weights: PerServer): PerServer {
  return perServer((server) => {
    const share = (requests * weights[server]) / sum(weights);
    if (!Number.isInteger(share)) {
      throw new RangeError(`${requests} requests cannot be shared ${ratio(weights)} exactly`);
    }
    return share;
  });
}
