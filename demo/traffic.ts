import { expectEach, expectSame } from './mismatch.js';
import { type PerServer, perServer, type Server, servers, shares } from './servers.js';
import type { Stage } from './stage.js';

/** A number of requests, and who got how many of them. */
export interface Round {
  /** The connections each server is sent, if the weights are kept. */
  readonly expected: PerServer;
  /** The answers the client got from each. */
  readonly answered: PerServer;
  /** The answers each server gave, by its own count. */
  readonly served: PerServer;
  /** Why requests failed, one entry for each. */
  readonly failures: readonly string[];
  /** The servers in the order in which they answered. */
  readonly order: readonly string[];
}

/** Lets the client make requests. A dead server is sent its share as well, and cannot answer. */
export async function makeRequests(
  stage: Stage,
  url: string,
  requests: number,
  weights: PerServer,
  dead?: Server,
): Promise<Round> {
  const outcomes = await stage.client.ask('visit', url, requests);
  const order = outcomes.flatMap((outcome) => ('server' in outcome ? [outcome.server] : []));
  return {
    expected: shares(requests, weights),
    answered: perServer((server) => order.filter((name) => name === server).length),
    served: await countAnswers(stage, dead),
    failures: outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : [])),
    order,
  };
}

/** The round with one connection more, which a server got before its weight went to 0. */
export function withDownload(round: Round, server: Server): Round {
  const plus = (numbers: PerServer): PerServer => ({ ...numbers, [server]: numbers[server] + 1 });
  return { ...round, expected: plus(round.expected), answered: plus(round.answered) };
}

/** Throws where the client or a server saw something else than the weights say. */
export function checkRound(round: Round, dead?: Server): void {
  const lost = dead === undefined ? 0 : round.expected[dead];
  const answers = perServer((server) => (server === dead ? 0 : round.expected[server]));
  expectSame('requests that failed', lost, round.failures.length);
  expectEach('answers seen by the client', answers, round.answered);
  expectEach('answers counted by the server', answers, round.served);
}

async function countAnswers(stage: Stage, dead: Server | undefined): Promise<PerServer> {
  const living = servers.filter((server) => server !== dead);
  const counts = new Map(
    await Promise.all(
      living.map(async (server) => {
        return [server, await stage.server(server).ask('countAnswers')] as const;
      }),
    ),
  );
  return perServer((server) => counts.get(server) ?? 0);
}
