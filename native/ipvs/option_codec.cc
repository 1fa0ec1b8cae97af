#include "ipvs/option_codec.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace ipvs {

namespace {

constexpr std::uint32_t kHashed = 2;         // IP_VS_SVC_F_HASHED
constexpr std::uint32_t kForwardMask = 0x7;  // IP_VS_CONN_F_FWD_MASK

// The four bytes of an IPv4 address are in network order on both sides.
std::uint32_t ToWire(const AddressBytes& address) {
  std::uint32_t bytes;
  std::memcpy(&bytes, address.data(), sizeof bytes);
  return bytes;
}

AddressBytes FromWire(std::uint32_t bytes) {
  AddressBytes address{};
  std::memcpy(address.data(), &bytes, sizeof bytes);
  return address;
}

StatsRecord ToRecord(const StatsOption& stats) {
  StatsRecord record{};
  record.connections = stats.connections;
  record.packets_in = stats.packets_in;
  record.packets_out = stats.packets_out;
  record.bytes_in = stats.bytes_in;
  record.bytes_out = stats.bytes_out;
  record.connection_rate = stats.connection_rate;
  record.packet_in_rate = stats.packet_in_rate;
  record.packet_out_rate = stats.packet_out_rate;
  record.byte_in_rate = stats.byte_in_rate;
  record.byte_out_rate = stats.byte_out_rate;
  return record;
}

}  // namespace

ServiceOption IdentityOption(const ServiceRecord& service) {
  ServiceOption option{};
  if (service.marked != 0) {
    option.protocol = IPPROTO_TCP;
    option.fwmark = service.fwmark;
    return option;
  }
  option.protocol = service.protocol;
  option.address = ToWire(service.address);
  option.port = htons(service.port);
  return option;
}

ServiceOption WholeOption(const ServiceRecord& service) {
  ServiceOption option = IdentityOption(service);
  static_assert(sizeof option.scheduler == sizeof service.scheduler);
  std::memcpy(option.scheduler, service.scheduler, sizeof option.scheduler - 1);
  option.timeout = service.timeout;
  option.netmask = htonl(service.netmask);
  return option;
}

DestinationOption ToOption(const DestinationRecord& destination) {
  DestinationOption option{};
  option.address = ToWire(destination.address);
  option.port = htons(destination.port);
  option.connection_flags = destination.forward & kForwardMask;
  option.weight = static_cast<std::int32_t>(destination.weight);
  option.upper_threshold = destination.upper_threshold;
  option.lower_threshold = destination.lower_threshold;
  return option;
}

TimeoutsOption ToOption(const TimeoutsRecord& timeouts) {
  return {static_cast<std::int32_t>(timeouts.tcp), static_cast<std::int32_t>(timeouts.tcp_fin),
          static_cast<std::int32_t>(timeouts.udp)};
}

ObservedServiceRecord ToRecord(const ServiceEntry& entry) {
  ObservedServiceRecord record{};
  ServiceRecord& service = record.service;
  service.family = AF_INET;
  if (entry.service.fwmark != 0) {
    service.marked = 1;
    service.fwmark = entry.service.fwmark;
  } else {
    service.protocol = entry.service.protocol;
    service.address = FromWire(entry.service.address);
    service.port = ntohs(entry.service.port);
  }
  std::memcpy(service.scheduler, entry.service.scheduler, sizeof service.scheduler - 1);
  service.flags = entry.service.flags;
  service.timeout = entry.service.timeout;
  service.netmask = ntohl(entry.service.netmask);
  record.stats = ToRecord(entry.stats);
  return record;
}

ObservedDestinationRecord ToRecord(const DestinationEntry& entry) {
  ObservedDestinationRecord record{};
  DestinationRecord& destination = record.destination;
  destination.family = AF_INET;
  destination.address = FromWire(entry.destination.address);
  destination.port = ntohs(entry.destination.port);
  destination.forward =
      static_cast<std::uint8_t>(entry.destination.connection_flags & kForwardMask);
  destination.weight = static_cast<std::uint32_t>(entry.destination.weight);
  destination.upper_threshold = entry.destination.upper_threshold;
  destination.lower_threshold = entry.destination.lower_threshold;
  record.active_connections = entry.active_connections;
  record.inactive_connections = entry.inactive_connections;
  record.persistent_connections = entry.persistent_connections;
  record.stats = ToRecord(entry.stats);
  return record;
}

DaemonOption ToOption(const DaemonRecord& daemon) {
  DaemonOption option{};
  option.role = daemon.role;
  option.sync_id = static_cast<std::int32_t>(daemon.sync_id);
  static_assert(sizeof option.device == sizeof daemon.device);
  std::memcpy(option.device, daemon.device, sizeof option.device - 1);
  return option;
}

DaemonRecord ToRecord(const DaemonOption& daemon) {
  DaemonRecord record{};
  record.role = static_cast<std::uint16_t>(daemon.role);
  record.sync_id = static_cast<std::uint32_t>(daemon.sync_id);
  std::memcpy(record.device, daemon.device, sizeof record.device - 1);
  return record;
}

TimeoutsRecord ToRecord(const TimeoutsOption& timeouts) {
  return {static_cast<std::uint32_t>(timeouts.tcp), static_cast<std::uint32_t>(timeouts.tcp_fin),
          static_cast<std::uint32_t>(timeouts.udp)};
}

std::uint32_t MergeFlags(std::uint32_t before, std::uint32_t flags, std::uint32_t mask) {
  return ((before & ~mask) | (flags & mask)) & ~kHashed;
}

}  // namespace ipvs
