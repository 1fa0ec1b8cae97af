import type { Namespace } from './_namespace.js';

/** A service as the kernel's socket options have it, numbers and all. */
export interface OldService {
  readonly protocol: number;
  readonly address?: string;
  readonly port?: number;
  readonly fwmark?: number;
  readonly scheduler: string;
  readonly flags: number;
}

/** Adds a service over the socket options by another hand than the library's. */
export async function addOverOptions({ run }: Namespace, service: OldService): Promise<void> {
  const { protocol, address = '0.0.0.0', port = 0, fwmark = 0, scheduler, flags } = service;
  await run(
    'perl',
    '-MSocket',
    '-e',
    `my ($protocol, $address, $port, $mark, $scheduler, $flags) = @ARGV;
     my $service = pack 'S x2 a4 n x2 L a16 L L N',
       $protocol, inet_aton($address), $port, $mark, $scheduler, $flags, 0, 0xffffffff;
     socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!";
     setsockopt $socket, 0, 64 + 1024 + 64 + 2, $service or die "setsockopt: $!";`,
    String(protocol),
    address,
    String(port),
    String(fwmark),
    scheduler,
    String(flags),
  );
}

/** A destination as the socket options have it. */
export interface OldDestination {
  readonly address: string;
  readonly port: number;
  /** The number of the way it is reached: 3 is direct routing. */
  readonly forward: number;
}

/** Adds a destination to a TCP service over the socket options, with a port that nobody checks. */
export async function addDestinationOverOptions(
  { run }: Namespace,
  service: { readonly address: string; readonly port: number },
  { address, port, forward }: OldDestination,
): Promise<void> {
  await run(
    'perl',
    '-MSocket',
    '-e',
    `my ($virtual, $virtual_port, $address, $port, $forward) = @ARGV;
     my $service = pack 'S x2 a4 n x2 L a16 L L N',
       6, inet_aton($virtual), $virtual_port, 0, '', 0, 0, 0xffffffff;
     my $destination = pack 'a4 n x2 L l L L', inet_aton($address), $port, $forward, 1, 0, 0;
     socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!";
     setsockopt $socket, 0, 64 + 1024 + 64 + 7, $service . $destination or die "setsockopt: $!";`,
    service.address,
    String(service.port),
    address,
    String(port),
    String(forward),
  );
}
