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
