#include "ipvs/sockopt_limits.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace ipvs {

namespace {

Status Unsupported(const char* what) {
  return Status::Failure(Source::kUnsupported, EOPNOTSUPP, what);
}

Status CheckFamily(std::uint16_t family) {
  if (family == AF_INET) return Status::Ok();
  if (family == AF_INET6) return Unsupported("IPv6");
  return Status::Failure(Source::kKernel, EAFNOSUPPORT);
}

bool IsEverything(const ServiceRecord& service) {
  return service.marked == 0 && service.port == 0 && service.address == AddressBytes{};
}

Status CheckService(const WriteCommand& command, const ServiceRecord& service) {
  if (auto status = CheckFamily(service.family); !status.ok()) return status;
  if (service.marked == 0 && service.protocol != IPPROTO_TCP && service.protocol != IPPROTO_UDP &&
      service.protocol != IPPROTO_SCTP) {
    return Unsupported("a protocol other than TCP, UDP and SCTP");
  }
  if (command.service == Part::kWhole && service.engine[0] != '\0') {
    return Unsupported("a persistence engine");
  }
  // To the kernel that would mean every service.
  if (command.command == kZero && IsEverything(service)) {
    return Unsupported("zeroing a service of address 0.0.0.0 and port 0");
  }
  return Status::Ok();
}

Status CheckDestination(const WriteCommand& command, const DestinationRecord& destination) {
  // 0 stands for the family of the service.
  if (destination.family != 0) {
    if (auto status = CheckFamily(destination.family); !status.ok()) return status;
  }
  const bool tunnel =
      destination.tunnel_type != 0 || destination.tunnel_port != 0 || destination.tunnel_flags != 0;
  return command.destination == Part::kWhole && tunnel ? Unsupported("a tunnel other than IPIP")
                                                       : Status::Ok();
}

Status CheckDaemon(const DaemonRecord& daemon) {
  const bool more =
      daemon.group_family != 0 || daemon.port != 0 || daemon.max_length != 0 || daemon.ttl != 0;
  return more ? Unsupported("a daemon's group, port, length and TTL") : Status::Ok();
}

}  // namespace

Status CheckLimits(const WriteCommand& command, const RequestRecord& request) {
  if (command.daemon == Part::kWhole) return CheckDaemon(request.daemon);
  const bool about_service =
      command.service != Part::kNone &&
      (command.service != Part::kIdentityIfGiven || request.service.family != 0);
  if (about_service) {
    if (auto status = CheckService(command, request.service); !status.ok()) return status;
  }
  if (command.destination == Part::kNone) return Status::Ok();
  return CheckDestination(command, request.destination);
}

Status CheckServiceRead(const ServiceRecord& service) { return CheckFamily(service.family); }

}  // namespace ipvs
