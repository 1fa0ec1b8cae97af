import type {
  ConnectionState,
  SctpState,
  TcpState,
  TemplateState,
  UdpState,
} from '../../types/connection.js';

const tcp = {
  NONE: true,
  ESTABLISHED: true,
  SYN_SENT: true,
  SYN_RECV: true,
  FIN_WAIT: true,
  TIME_WAIT: true,
  CLOSE: true,
  CLOSE_WAIT: true,
  LAST_ACK: true,
  LISTEN: true,
  SYNACK: true,
} satisfies Record<TcpState, true>;

const sctp = {
  NONE: true,
  INIT1: true,
  INIT: true,
  'C-SENT': true,
  'C-REPLIED': true,
  'C-WAIT': true,
  COOKIE: true,
  'C-ECHOED': true,
  ESTABLISHED: true,
  'S-SENT': true,
  'S-RECEIVED': true,
  'S-ACK-SENT': true,
  REJECTED: true,
  CLOSED: true,
} satisfies Record<SctpState, true>;

const others = { UDP: true, ASSURED: true, 'ERR!': true, NONE: true } satisfies Record<
  UdpState | TemplateState | 'ERR!',
  true
>;

const states: ReadonlySet<string> = new Set(Object.keys({ ...tcp, ...sctp, ...others }));

/** The words of an error message for {@link parseConnectionState}. */
export const connectionStateExpected = `a state the kernel has: ${[...states].join(', ')}`;

/** Reads the state of a connection, in any case, as the kernel spells it. */
export function parseConnectionState(value: unknown): ConnectionState | undefined {
  if (typeof value !== 'string') return undefined;
  const state = value.toUpperCase();
  return states.has(state) ? (state as ConnectionState) : undefined;
}
