#pragma once

#include <cstddef>
#include <cstdint>

// The socket options of IPVS at level IPPROTO_IP, and what they carry, with the kernel's layouts
// (struct ip_vs_*_user, ip_vs_*_entry). Integers are in the machine's own byte order, addresses,
// ports and masks in network order. All of it is IPv4.

namespace ipvs {

namespace option {

inline constexpr int kBase = 64 + 1024 + 64;

// Of setsockopt.
inline constexpr int kAddService = kBase + 2;
inline constexpr int kEditService = kBase + 3;
inline constexpr int kDeleteService = kBase + 4;
inline constexpr int kFlush = kBase + 5;
inline constexpr int kAddDestination = kBase + 7;
inline constexpr int kDeleteDestination = kBase + 8;
inline constexpr int kEditDestination = kBase + 9;
inline constexpr int kSetTimeouts = kBase + 10;
inline constexpr int kStartDaemon = kBase + 11;
inline constexpr int kStopDaemon = kBase + 12;
inline constexpr int kZero = kBase + 15;

// Of getsockopt.
inline constexpr int kInformation = kBase + 1;
inline constexpr int kServices = kBase + 2;
inline constexpr int kService = kBase + 3;
inline constexpr int kDestinations = kBase + 4;
inline constexpr int kGetTimeouts = kBase + 6;
inline constexpr int kGetDaemons = kBase + 7;

}  // namespace option

struct ServiceOption {
  std::uint16_t protocol;
  std::uint32_t address;
  std::uint16_t port;
  std::uint32_t fwmark;  // not 0: it is the identity, and all of the above but the protocol is not
  char scheduler[16];
  std::uint32_t flags;
  std::uint32_t timeout;  // seconds
  std::uint32_t netmask;
};

struct DestinationOption {
  std::uint32_t address;
  std::uint16_t port;
  std::uint32_t connection_flags;  // the forwarding method in the lowest three bits
  std::int32_t weight;
  std::uint32_t upper_threshold;
  std::uint32_t lower_threshold;
};

// What the options about a service and one of its destinations carry; those about a service carry
// its first part.
struct ChangeOption {
  ServiceOption service;
  DestinationOption destination;
};

struct StatsOption {
  std::uint32_t connections;
  std::uint32_t packets_in;
  std::uint32_t packets_out;
  std::uint64_t bytes_in;
  std::uint64_t bytes_out;
  std::uint32_t connection_rate;
  std::uint32_t packet_in_rate;
  std::uint32_t packet_out_rate;
  std::uint32_t byte_in_rate;
  std::uint32_t byte_out_rate;
};

struct ServiceEntry {
  ServiceOption service;
  std::uint32_t destinations;  // how many; those that no option shows are counted as well
  StatsOption stats;
};

struct DestinationEntry {
  DestinationOption destination;
  std::uint32_t active_connections;
  std::uint32_t inactive_connections;
  std::uint32_t persistent_connections;
  StatsOption stats;
};

// The list of services: a count, then so many entries.
struct ServiceList {
  std::uint32_t count;
  ServiceEntry first;
};

// The list of a service's destinations.
struct DestinationList {
  std::uint16_t protocol;
  std::uint32_t address;
  std::uint16_t port;
  std::uint32_t fwmark;
  std::uint32_t count;
  DestinationEntry first;
};

struct DaemonOption {
  std::int32_t role;  // 0: none runs
  char device[16];
  std::int32_t sync_id;
};

// The master's place, then the backup's.
struct DaemonsOption {
  DaemonOption daemons[2];
};

struct TimeoutsOption {
  std::int32_t tcp;  // seconds
  std::int32_t tcp_fin;
  std::int32_t udp;
};

struct InformationOption {
  std::uint32_t version;
  std::uint32_t connection_table_size;
  std::uint32_t services;  // how many, IPv4 only
};

static_assert(sizeof(ServiceOption) == 44 && sizeof(DestinationOption) == 24);
static_assert(sizeof(ChangeOption) == 68 && offsetof(ChangeOption, destination) == 44);
static_assert(sizeof(DaemonOption) == 24 && sizeof(DaemonsOption) == 48);
static_assert(sizeof(TimeoutsOption) == 12 && sizeof(InformationOption) == 12);
// On i386 a 64-bit number needs no alignment of its own, in a kernel for i386 likewise.
#ifndef __i386__
static_assert(sizeof(StatsOption) == 56);
static_assert(sizeof(ServiceEntry) == 104 && offsetof(ServiceEntry, stats) == 48);
static_assert(sizeof(DestinationEntry) == 96 && offsetof(DestinationEntry, stats) == 40);
static_assert(offsetof(ServiceList, first) == 8 && offsetof(DestinationList, first) == 24);
#endif

}  // namespace ipvs
