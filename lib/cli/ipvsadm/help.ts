import { version } from '../version.js';

/** What `-v` prints: the version of `ipvsadm` whose options these are, and of the package. */
export function versionText(): string {
  return `ipvsadm v1.31 (compatible; ipvs ${version()})\n`;
}

/** What `-h` prints. */
export function helpText(): string {
  return `${versionText()}
Usage:
  ipvsadm -A|-E SERVICE [-s SCHEDULER] [-p [SECONDS]] [-M NETMASK] [--pe ENGINE] [-o] [-b FLAGS]
  ipvsadm -D SERVICE
  ipvsadm -a|-e SERVICE -r HOST[:PORT] [-g|-i|-m] [-w WEIGHT] [-x LIMIT] [-y LIMIT] [TUNNEL]
  ipvsadm -d SERVICE -r HOST[:PORT]
  ipvsadm -L [SERVICE | -c | --timeout | --daemon] [LISTING]
  ipvsadm -S [-n]
  ipvsadm -R
  ipvsadm -C
  ipvsadm -Z [SERVICE]
  ipvsadm --set TCP TCPFIN UDP
  ipvsadm --start-daemon master|backup [DAEMON]
  ipvsadm --stop-daemon master|backup
  ipvsadm -h | -v

Commands:
  -A, --add-service      add a service
  -E, --edit-service     replace all settings of a service
  -D, --delete-service   delete a service
  -a, --add-server       add a real server to a service
  -e, --edit-server      replace all settings of a real server
  -d, --delete-server    delete a real server
  -L, -l, --list         list services; the default
  -S, --save             write the services as rules
  -R, --restore          carry out the rules that are read
  -C, --clear            delete every service
  -Z, --zero             set counters to zero
      --set              set timeouts in seconds; 0 leaves one as it is
      --start-daemon     start a synchronisation daemon
      --stop-daemon      stop one
  -h, --help             show this text
  -v, --version          show the version

SERVICE:
  -t, --tcp-service HOST[:PORT]
  -u, --udp-service HOST[:PORT]
      --sctp-service HOST[:PORT]
  -f, --fwmark-service MARK [-6, --ipv6]
  IPv6 addresses with a port stand in brackets.

Settings of services:
  -s, --scheduler NAME   how destinations are chosen (wlc)
  -p, --persistent [S]   clients stay with their server that long (360)
  -M, --netmask MASK     how much of a client's address counts
      --pe NAME          the persistence engine: sip
  -o, --ops              one-packet scheduling
  -b, --sched-flags LIST flag-1, flag-2, flag-3, sh-fallback, sh-port, mh-fallback, mh-port

Settings of real servers:
  -g, --gatewaying       direct routing; the default
  -i, --ipip             through a tunnel
  -m, --masquerading     address translation
  -w, --weight N         (1)
  -x, --u-threshold N    no new connections at this many
  -y, --l-threshold N    new ones again below this many

TUNNEL, with -i:
      --tun-type TYPE    ipip, gue or gre (ipip)
      --tun-port PORT    for gue
      --tun-nocsum, --tun-csum, --tun-remcsum

LISTING:
  -n, --numeric          no names of hosts and ports
  -c, --connection       connections
      --timeout          timeouts
      --daemon           synchronisation daemons
      --stats            counters
      --rate             rates
      --thresholds       thresholds
      --persistent-conn  persistent connections
      --tun-info         tunnels
  -X, --exact            numbers in full
      --nosort           in the order in which the services are read
      --sort             does nothing

DAEMON:
      --mcast-interface NAME (eth0)   --syncid N (0)        --sync-maxlen N
      --mcast-group ADDRESS           --mcast-port PORT     --mcast-ttl N
`;
}
