#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

// The fixed layouts in which services, destinations and requests cross between C++
// and JavaScript. Integers are in the machine's own byte order, units are the kernel's.
// What stands here is all that both sides agree on: JavaScript learns the offsets from
// `kLayouts` when the addon is loaded.

namespace ipvs {

// In network order; IPv4 in the first four, then zeros.
using AddressBytes = std::array<std::uint8_t, 16>;

inline constexpr std::size_t kSchedulerSize = 16;  // 15 characters and a NUL
inline constexpr std::size_t kEngineSize = 24;     // 16 characters and a NUL, padded
inline constexpr std::size_t kDeviceSize = 16;     // 15 characters and a NUL
inline constexpr std::size_t kStateSize = 16;      // 15 characters and a NUL

struct ServiceRecord {
  AddressBytes address;
  std::uint32_t fwmark;
  std::uint32_t flags;
  std::uint32_t timeout;  // seconds
  std::uint32_t netmask;  // IPv4: the mask as a number; IPv6: the prefix length
  std::uint16_t family;   // AF_INET or AF_INET6
  std::uint16_t protocol;
  std::uint16_t port;
  std::uint8_t marked;   // 1: `fwmark` is the identity, and address, protocol and port are not
  std::uint8_t present;  // answers only: which optional attributes were there
  char scheduler[kSchedulerSize];
  char engine[kEngineSize];
};

struct DestinationRecord {
  AddressBytes address;
  std::uint32_t weight;
  std::uint32_t upper_threshold;
  std::uint32_t lower_threshold;
  std::uint16_t family;
  std::uint16_t port;
  std::uint16_t tunnel_port;
  std::uint16_t tunnel_flags;
  std::uint8_t forward;
  std::uint8_t tunnel_type;
  std::uint8_t present;  // answers only
  std::uint8_t unused;
};

struct StatsRecord {
  std::uint64_t connections;
  std::uint64_t packets_in;
  std::uint64_t packets_out;
  std::uint64_t bytes_in;
  std::uint64_t bytes_out;
  double connection_rate;  // rates are per second
  double packet_in_rate;
  double packet_out_rate;
  double byte_in_rate;
  double byte_out_rate;
};

struct ObservedServiceRecord {
  ServiceRecord service;
  StatsRecord stats;
};

struct ObservedDestinationRecord {
  DestinationRecord destination;
  std::uint32_t active_connections;
  std::uint32_t inactive_connections;
  std::uint32_t persistent_connections;
  std::uint32_t service;  // of a snapshot: the place of its service
  StatsRecord stats;
};

struct TimeoutsRecord {
  std::uint32_t tcp;  // seconds
  std::uint32_t tcp_fin;
  std::uint32_t udp;
};

struct InfoRecord {
  std::uint32_t version;  // 0x010201 is 1.2.1
  std::uint32_t connection_table_size;
  std::uint32_t transport;  // TransportKind: which way the answer came
};

// A synchronisation daemon. In a request, 0 stands for the kernel's own choice.
struct DaemonRecord {
  AddressBytes group;  // the multicast group
  char device[kDeviceSize];
  std::uint32_t sync_id;
  std::uint16_t role;          // IP_VS_STATE_*: 1 master, 2 backup
  std::uint16_t group_family;  // 0: no group given
  std::uint16_t port;
  std::uint16_t max_length;  // bytes of a message
  std::uint8_t ttl;
  std::uint8_t unused[3];
};

// A network device, and an address on it.
struct DeviceRecord {
  AddressBytes address;
  char device[kDeviceSize];
  std::uint32_t index;  // of the device
  std::uint32_t flags;  // IFF_* of a device, IFA_F_* of an address
  std::uint16_t family;
  std::uint8_t prefix_length;
  std::uint8_t scope;      // RT_SCOPE_*
  char kind[kDeviceSize];  // of the device: "dummy", or what else its driver says
};

// A connection. Its texts are lines of the batch, named by number; line 0 is empty.
struct ConnectionRecord {
  std::uint32_t expires;  // seconds
  std::uint32_t fwmark;
  std::uint16_t client;
  std::uint16_t virtual_address;
  std::uint16_t destination;
  std::uint16_t state;
  std::uint16_t engine;
  std::uint16_t engine_data;
  std::uint16_t client_port;
  std::uint16_t virtual_port;
  std::uint16_t destination_port;
  std::uint16_t protocol;
  std::uint8_t marked;  // 1: `fwmark` takes the place of the virtual address and port
  std::uint8_t is_template;
  std::uint8_t invalidated;
  std::uint8_t origin;  // kOrigin*
};

// Where a connection came from; 0 where that was not asked for.
inline constexpr std::uint8_t kOriginLocal = 1;  // traffic through this director
inline constexpr std::uint8_t kOriginSync = 2;   // another director's message

// Which connections are wanted. What has a family counts when that is not 0.
struct ConnectionFilterRecord {
  ServiceRecord service;          // its port counts when it is not 0
  DestinationRecord destination;  // its port counts when `by_destination_port` is 1
  AddressBytes client;
  char state[kStateSize];  // empty: any
  std::uint16_t client_family;
  std::uint16_t protocol;
  std::uint8_t client_prefix;  // bits of the client's address that count
  std::uint8_t by_protocol;
  std::uint8_t by_destination_port;
  std::uint8_t skip_templates;
  std::uint8_t skip_others;  // than templates
  std::uint8_t unique;       // leave out what has been seen already
  std::uint8_t unused[2];
};

// The command of a request that is not to be sent after all; no other has this number.
inline constexpr std::uint32_t kWithdrawn = 0xffffffff;

struct RequestRecord {
  std::uint32_t command;    // IPVS_CMD_*, a RouteCommand, or kWithdrawn
  std::uint32_t flag_mask;  // which of the service's flags to set
  union {                   // by the command
    ServiceRecord service;
    DaemonRecord daemon;
    DeviceRecord device;
  };
  DestinationRecord destination;
  TimeoutsRecord timeouts;
};

// Bits of `present`.
inline constexpr std::uint8_t kPresentStats64 = 1;  // the counters are 64 bits wide
inline constexpr std::uint8_t kPresentTunnel = 2;   // the kernel knows tunnel types
inline constexpr std::uint8_t kPresentFamily = 4;   // the kernel told the destination's family

struct PresenceBit {
  const char* name;
  std::uint8_t bit;
};

inline constexpr PresenceBit kPresenceBits[] = {
    {"stats64", kPresentStats64}, {"tunnel", kPresentTunnel}, {"family", kPresentFamily}};

static_assert(sizeof(ServiceRecord) == 80);
static_assert(sizeof(DestinationRecord) == 40);
static_assert(sizeof(ObservedServiceRecord) == 160);
static_assert(sizeof(ObservedDestinationRecord) == 136);
static_assert(sizeof(DaemonRecord) == 48);
static_assert(sizeof(DeviceRecord) == 60);
static_assert(sizeof(ConnectionRecord) == 32);
static_assert(sizeof(ConnectionFilterRecord) == 164);
static_assert(sizeof(RequestRecord) == 140);
static_assert(std::is_trivially_copyable_v<RequestRecord>);

enum class FieldType : std::uint8_t { kU8, kU16, kU32, kU64, kF64, kBytes, kText };

inline constexpr const char* kFieldTypeNames[] = {"u8",  "u16",   "u32", "u64",
                                                  "f64", "bytes", "text"};

struct FieldLayout {
  const char* name;
  FieldType type;
  std::size_t offset;
  std::size_t length;
};

struct RecordLayout {
  const char* name;
  std::size_t size;
  std::span<const FieldLayout> fields;
};

extern const std::span<const RecordLayout> kLayouts;

}  // namespace ipvs
