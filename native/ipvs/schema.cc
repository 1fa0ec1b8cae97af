#include "ipvs/schema.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "netlink/attribute_reader.h"

namespace ipvs {

namespace {

using netlink::Attribute;
using netlink::AttributeCursor;
using netlink::AttributeReader;
using netlink::AttributeWriter;

enum class Kind : std::uint8_t {
  kU8,
  kU16,
  kU32,
  kU32InByte,   // 32 bits on the wire, a byte in the record: only the low three bits mean anything
  kU32InShort,  // 32 bits on the wire, 16 in the record
  kPort,        // network byte order on the wire
  kAddress,
  kAddress4,  // the four bytes of an IPv4 address
  kText,
  kFlags,    // value and mask
  kNetmask,  // IPv4: a mask in network byte order; IPv6: a prefix length in the machine's
  kStats,    // counters, of which some are 32 bits wide
  kStats64,
  kCounter,  // 32 or 64 bits on the wire, 64 in the record
  kRate,     // 32 or 64 bits on the wire, a double in the record
  kPadding,
};

// When an attribute is sent, and whether every answer has it.
enum Role : std::uint16_t {
  kIdentity = 1,
  kSetting = 2,
  kObserved = 4,
  kAddressOnly = 8,  // not on a firewall-mark service
  kMarkOnly = 16,
  kIfAny = 32,     // not sent when its text is empty, or no tunnel is asked for
  kRequired = 64,  // every answer has it
  kIfSet = 128,    // not sent when it is 0
  kIPv4Only = 256,
  kIPv6Only = 512,
};

using Roles = std::uint16_t;

struct Field {
  std::uint16_t attribute;
  const char* name;
  Kind kind;
  Roles role;
  std::uint16_t offset;
  std::uint16_t length = 0;  // text only
  std::uint8_t present = 0;  // the bit of `present` to set when it was there
};

#define AT(record, member) offsetof(record, member)

// Each table's row n describes attribute n + 1.
// clang-format off
constexpr Field kServiceFields[] = {
    {1,  "AF",         Kind::kU16,     kIdentity | kRequired,                AT(ServiceRecord, family)},
    {2,  "PROTOCOL",   Kind::kU16,     kIdentity | kRequired | kAddressOnly, AT(ServiceRecord, protocol)},
    {3,  "ADDR",       Kind::kAddress, kIdentity | kRequired | kAddressOnly, AT(ServiceRecord, address)},
    {4,  "PORT",       Kind::kPort,    kIdentity | kRequired | kAddressOnly, AT(ServiceRecord, port)},
    {5,  "FWMARK",     Kind::kU32,     kIdentity | kRequired | kMarkOnly,    AT(ServiceRecord, fwmark)},
    {6,  "SCHED_NAME", Kind::kText,    kSetting | kRequired,                 AT(ServiceRecord, scheduler), kSchedulerSize},
    {7,  "FLAGS",      Kind::kFlags,   kSetting | kRequired,                 AT(ServiceRecord, flags)},
    {8,  "TIMEOUT",    Kind::kU32,     kSetting | kRequired,                 AT(ServiceRecord, timeout)},
    {9,  "NETMASK",    Kind::kNetmask, kSetting | kRequired,                 AT(ServiceRecord, netmask)},
    {10, "STATS",      Kind::kStats,   kObserved,                            AT(ObservedServiceRecord, stats)},
    {11, "PE_NAME",    Kind::kText,    kSetting | kIfAny,                    AT(ServiceRecord, engine), kEngineSize},
    {12, "STATS64",    Kind::kStats64, kObserved,                            AT(ObservedServiceRecord, stats), 0, kPresentStats64},
};

constexpr Field kDestinationFields[] = {
    {1,  "ADDR",          Kind::kAddress,   kIdentity | kRequired, AT(DestinationRecord, address)},
    {2,  "PORT",          Kind::kPort,      kIdentity | kRequired, AT(DestinationRecord, port)},
    {3,  "FWD_METHOD",    Kind::kU32InByte, kSetting | kRequired,  AT(DestinationRecord, forward)},
    {4,  "WEIGHT",        Kind::kU32,       kSetting | kRequired,  AT(DestinationRecord, weight)},
    {5,  "U_THRESH",      Kind::kU32,       kSetting | kRequired,  AT(DestinationRecord, upper_threshold)},
    {6,  "L_THRESH",      Kind::kU32,       kSetting | kRequired,  AT(DestinationRecord, lower_threshold)},
    {7,  "ACTIVE_CONNS",  Kind::kU32,       kObserved | kRequired, AT(ObservedDestinationRecord, active_connections)},
    {8,  "INACT_CONNS",   Kind::kU32,       kObserved | kRequired, AT(ObservedDestinationRecord, inactive_connections)},
    {9,  "PERSIST_CONNS", Kind::kU32,       kObserved | kRequired, AT(ObservedDestinationRecord, persistent_connections)},
    {10, "STATS",         Kind::kStats,     kObserved,             AT(ObservedDestinationRecord, stats)},
    {11, "ADDR_FAMILY",   Kind::kU16,       kIdentity,             AT(DestinationRecord, family), 0, kPresentFamily},
    {12, "STATS64",       Kind::kStats64,   kObserved,             AT(ObservedDestinationRecord, stats), 0, kPresentStats64},
    {13, "TUN_TYPE",      Kind::kU8,        kSetting | kIfAny,     AT(DestinationRecord, tunnel_type), 0, kPresentTunnel},
    {14, "TUN_PORT",      Kind::kPort,      kSetting | kIfAny,     AT(DestinationRecord, tunnel_port)},
    {15, "TUN_FLAGS",     Kind::kU16,       kSetting | kIfAny,     AT(DestinationRecord, tunnel_flags)},
};

constexpr Field kDaemonFields[] = {
    {1, "STATE",        Kind::kU32InShort, kIdentity | kRequired, AT(DaemonRecord, role)},
    {2, "MCAST_IFN",    Kind::kText,       kSetting | kRequired,  AT(DaemonRecord, device), kDeviceSize},
    {3, "SYNC_ID",      Kind::kU32,        kSetting | kRequired,  AT(DaemonRecord, sync_id)},
    {4, "SYNC_MAXLEN",  Kind::kU16,        kSetting | kIfSet,     AT(DaemonRecord, max_length)},
    {5, "MCAST_GROUP",  Kind::kAddress4,   kSetting | kIPv4Only,  AT(DaemonRecord, group)},
    {6, "MCAST_GROUP6", Kind::kAddress,    kSetting | kIPv6Only,  AT(DaemonRecord, group)},
    {7, "MCAST_PORT",   Kind::kU16,        kSetting | kIfSet,     AT(DaemonRecord, port)},  // the machine's byte order
    {8, "MCAST_TTL",    Kind::kU8,         kSetting | kIfSet,     AT(DaemonRecord, ttl)},
};

constexpr Field kStatsFields[] = {
    {1,  "CONNS",    Kind::kCounter, kObserved, AT(StatsRecord, connections)},
    {2,  "INPKTS",   Kind::kCounter, kObserved, AT(StatsRecord, packets_in)},
    {3,  "OUTPKTS",  Kind::kCounter, kObserved, AT(StatsRecord, packets_out)},
    {4,  "INBYTES",  Kind::kCounter, kObserved, AT(StatsRecord, bytes_in)},
    {5,  "OUTBYTES", Kind::kCounter, kObserved, AT(StatsRecord, bytes_out)},
    {6,  "CPS",      Kind::kRate,    kObserved, AT(StatsRecord, connection_rate)},
    {7,  "INPPS",    Kind::kRate,    kObserved, AT(StatsRecord, packet_in_rate)},
    {8,  "OUTPPS",   Kind::kRate,    kObserved, AT(StatsRecord, packet_out_rate)},
    {9,  "INBPS",    Kind::kRate,    kObserved, AT(StatsRecord, byte_in_rate)},
    {10, "OUTBPS",   Kind::kRate,    kObserved, AT(StatsRecord, byte_out_rate)},
    {11, "PAD",      Kind::kPadding, kObserved, 0},
};

// The top level of SET_CONFIG and GET_CONFIG; 1 to 3 are the nests.
constexpr Field kConfigFields[] = {
    {1, "SERVICE",         Kind::kPadding, kObserved,                     0},
    {2, "DEST",            Kind::kPadding, kObserved,                     0},
    {3, "DAEMON",          Kind::kPadding, kObserved,                     0},
    {4, "TIMEOUT_TCP",     Kind::kU32,     kSetting | kRequired | kIfSet, AT(TimeoutsRecord, tcp)},
    {5, "TIMEOUT_TCP_FIN", Kind::kU32,     kSetting | kRequired | kIfSet, AT(TimeoutsRecord, tcp_fin)},
    {6, "TIMEOUT_UDP",     Kind::kU32,     kSetting | kRequired | kIfSet, AT(TimeoutsRecord, udp)},
};

constexpr Field kInfoFields[] = {
    {1, "VERSION",       Kind::kU32, kObserved | kRequired, AT(InfoRecord, version)},
    {2, "CONN_TAB_SIZE", Kind::kU32, kObserved | kRequired, AT(InfoRecord, connection_table_size)},
};
// clang-format on

#undef AT

constexpr bool RowsAreInOrder(std::span<const Field> fields) {
  for (std::size_t row = 0; row < fields.size(); ++row) {
    if (fields[row].attribute != row + 1) return false;
  }
  return true;
}
static_assert(RowsAreInOrder(kServiceFields) && RowsAreInOrder(kDestinationFields) &&
              RowsAreInOrder(kDaemonFields) && RowsAreInOrder(kStatsFields) &&
              RowsAreInOrder(kConfigFields) && RowsAreInOrder(kInfoFields));

struct WireFlags {
  std::uint32_t flags;
  std::uint32_t mask;
};

template <typename T>
T Load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
void Store(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

// What the encoder must know beyond the record: the address family decides how a
// netmask travels, the mask which flags are set.
struct EncodeContext {
  std::uint16_t family = 0;
  std::uint32_t flag_mask = 0;
};

// Writes the attribute of one row. What the row says is known to the compiler: a request has ten
// and more, and there can be very many requests.
template <const auto& kFields, std::size_t row>
void EncodeField(const std::byte* record, const EncodeContext& context, AttributeCursor& out) {
  constexpr Field kField = kFields[row];
  const std::byte* const value = record + kField.offset;
  if constexpr (kField.kind == Kind::kU8) {
    out.Integer(kField.attribute, Load<std::uint8_t>(value));
  } else if constexpr (kField.kind == Kind::kU16) {
    out.Integer(kField.attribute, Load<std::uint16_t>(value));
  } else if constexpr (kField.kind == Kind::kU32) {
    out.Integer(kField.attribute, Load<std::uint32_t>(value));
  } else if constexpr (kField.kind == Kind::kU32InByte) {
    out.Integer(kField.attribute, std::uint32_t{Load<std::uint8_t>(value)});
  } else if constexpr (kField.kind == Kind::kU32InShort) {
    out.Integer(kField.attribute, std::uint32_t{Load<std::uint16_t>(value)});
  } else if constexpr (kField.kind == Kind::kPort) {
    out.Integer(kField.attribute, htons(Load<std::uint16_t>(value)));
  } else if constexpr (kField.kind == Kind::kAddress4) {
    out.Bytes(kField.attribute, std::span(value, sizeof(in_addr)));
  } else if constexpr (kField.kind == Kind::kAddress) {
    out.Bytes(kField.attribute, std::span(value, sizeof(AddressBytes)));
  } else if constexpr (kField.kind == Kind::kText) {
    const auto* text = reinterpret_cast<const char*>(value);
    const std::string_view name(text, ::strnlen(text, kField.length));
    if (!name.empty() || (kField.role & kIfAny) == 0) out.String(kField.attribute, name);
  } else if constexpr (kField.kind == Kind::kFlags) {
    const WireFlags flags{Load<std::uint32_t>(value), context.flag_mask};
    out.Bytes(kField.attribute, std::as_bytes(std::span(&flags, 1)));
  } else if constexpr (kField.kind == Kind::kNetmask) {
    const auto mask = Load<std::uint32_t>(value);
    out.Integer(kField.attribute, context.family == AF_INET ? htonl(mask) : mask);
  } else {
    // What only answers have.
    static_assert((kField.role & (kIdentity | kSetting)) == 0);
  }
}

template <const auto& kFields, std::size_t row>
bool IsZero(const std::byte* record) {
  constexpr Field kField = kFields[row];
  const std::byte* const value = record + kField.offset;
  if constexpr (kField.kind == Kind::kU8) return Load<std::uint8_t>(value) == 0;
  if constexpr (kField.kind == Kind::kU16) return Load<std::uint16_t>(value) == 0;
  static_assert(kField.kind == Kind::kU8 || kField.kind == Kind::kU16 || kField.kind == Kind::kU32);
  return Load<std::uint32_t>(value) == 0;
}

// The payload that the attribute of a row has at most.
constexpr std::size_t MostPayload(const Field& field) {
  switch (field.kind) {
    case Kind::kAddress: return sizeof(AddressBytes);
    case Kind::kText: return field.length + std::size_t{1};
    case Kind::kFlags: return sizeof(WireFlags);
    default: return sizeof(std::uint32_t);
  }
}

template <const auto& kFields>
void EncodeFields(const std::byte* record, Roles roles, Roles without, const EncodeContext& context,
                  AttributeWriter& out) {
  constexpr std::size_t kMost =
      std::accumulate(std::begin(kFields), std::end(kFields), std::size_t{0},
                      [](std::size_t sum, const Field& field) {
                        return sum + AttributeCursor::SizeOf(MostPayload(field));
                      });
  out.Within(kMost, [&](AttributeCursor& cursor) {
    const auto encode = [&]<std::size_t row> {
      constexpr const Field& kField = kFields[row];
      if ((kField.role & roles) == 0 || (kField.role & without) != 0) return;
      if constexpr ((kField.role & kIfSet) != 0) {
        if (IsZero<kFields, row>(record)) return;
      }
      EncodeField<kFields, row>(record, context, cursor);
    };
    [&]<std::size_t... rows>(std::index_sequence<rows...>) {
      (encode.template operator()<rows>(), ...);
    }
    (std::make_index_sequence<std::size(kFields)>{});
  });
}

template <typename Record>
const std::byte* BytesOf(const Record& record) {
  return reinterpret_cast<const std::byte*>(&record);
}

template <typename Record>
std::byte* BytesOf(Record& record) {
  static_assert(std::is_trivially_copyable_v<Record>);
  return reinterpret_cast<std::byte*>(&record);
}

Roles RolesOf(Extent extent) { return extent == Extent::kWhole ? kIdentity | kSetting : kIdentity; }

// A counter is as wide as its attribute: 32 bits in STATS, 64 in STATS64.
std::optional<std::uint64_t> ReadCounter(const Attribute& attribute) {
  if (const auto wide = attribute.Integer<std::uint64_t>()) return wide;
  if (const auto narrow = attribute.Integer<std::uint32_t>()) return *narrow;
  return std::nullopt;
}

constexpr std::uint32_t BitOf(std::uint16_t attribute) { return 1u << attribute; }

// The attributes that have all of `roles`.
constexpr std::uint32_t BitsOf(std::span<const Field> fields, Roles roles) {
  std::uint32_t bits = 0;
  for (const Field& field : fields) {
    if ((field.role & roles) == roles) bits |= BitOf(field.attribute);
  }
  return bits;
}

// Whether a nest was read and had all of `required`.
bool Complete(std::optional<std::uint32_t> seen, std::uint32_t required) {
  return seen && (*seen & required) == required;
}

// Stores a counter as the record has it: rates are doubles.
template <Kind kind>
void StoreCounter(std::byte* to, std::uint64_t value) {
  static_assert(kind == Kind::kCounter || kind == Kind::kRate);
  if constexpr (kind == Kind::kRate) {
    Store(to, static_cast<double>(value));
  } else {
    Store(to, value);
  }
}

struct [[gnu::packed]] WireCounter {
  nlattr header;
  std::uint64_t value;
};

constexpr std::size_t kCounters = std::size(kStatsFields) - 1;
static_assert(kStatsFields[kCounters].kind == Kind::kPadding);

// The header of an attribute with so many bytes behind it, as it stands in memory.
constexpr std::uint32_t HeaderOf(std::uint16_t attribute, std::size_t size) {
  return std::bit_cast<std::uint32_t>(
      nlattr{static_cast<std::uint16_t>(sizeof(nlattr) + size), attribute});
}

constexpr std::uint32_t kPaddingHeader = HeaderOf(kStatsFields[kCounters].attribute, 0);

bool IsPadding(const std::byte* at) { return Load<std::uint32_t>(at) == kPaddingHeader; }

// Reads every counter, which begin at equal distances, with padding between them or without.
template <std::size_t distance>
bool ReadEvery(const std::byte* first, std::byte* record) {
  // Added up, and looked at in the end: it is nearly always 0.
  std::uint32_t unlike = 0;
  const auto read = [&]<std::size_t row> {
    constexpr const Field& kField = kStatsFields[row];
    const std::byte* const at = first + row * distance;
    unlike |= Load<std::uint32_t>(at) ^ HeaderOf(kField.attribute, sizeof(std::uint64_t));
    if constexpr (distance != sizeof(WireCounter) && row != 0) {
      unlike |= Load<std::uint32_t>(at - sizeof(nlattr)) ^ kPaddingHeader;
    }
    StoreCounter<kField.kind>(record + kField.offset,
                              Load<std::uint64_t>(at + offsetof(WireCounter, value)));
  };
  [&]<std::size_t... rows>(std::index_sequence<rows...>) {
    (read.template operator()<rows>(), ...);
  }
  (std::make_index_sequence<kCounters>{});
  return unlike == 0;
}

// Reads the counters of a nest that has all of them, 64 bits wide, in order and nothing else, as
// nearly every answer does: they are most of its attributes. False for any other nest, which has to
// be walked, and with anything in the record. Where a processor wants them aligned, the kernel puts
// padding before each of them, or before all but the first.
bool ReadCounters(std::span<const std::byte> nest, std::byte* record) {
  constexpr std::size_t kPadded = sizeof(nlattr) + sizeof(WireCounter);
  const std::byte* const begin = nest.data();
  switch (nest.size()) {
    case kCounters * sizeof(WireCounter): return ReadEvery<sizeof(WireCounter)>(begin, record);
    case kCounters* kPadded - sizeof(nlattr): return ReadEvery<kPadded>(begin, record);
    case kCounters* kPadded:
      return IsPadding(begin) && ReadEvery<kPadded>(begin + sizeof(nlattr), record);
    default: return false;
  }
}

template <typename T>
[[gnu::always_inline]] inline bool StoreInteger(const Attribute& attribute, std::byte* to) {
  const auto value = attribute.Integer<T>();
  if (value) Store(to, *value);
  return value.has_value();
}

template <const auto& kFields>
std::optional<std::uint32_t> DecodeFields(std::span<const std::byte> attributes, std::byte* record);

// Reads the attribute of one row. What the row says is known to the compiler: a dump has
// twenty-five attributes for each destination.
template <const auto& kFields, std::size_t row>
bool DecodeField(std::span<const std::byte> payload, std::byte* record) {
  constexpr Field kField = kFields[row];
  const Attribute attribute{kField.attribute, payload};
  std::byte* const to = record + kField.offset;
  if constexpr (kField.kind == Kind::kU8) {
    return StoreInteger<std::uint8_t>(attribute, to);
  } else if constexpr (kField.kind == Kind::kU16) {
    return StoreInteger<std::uint16_t>(attribute, to);
  } else if constexpr (kField.kind == Kind::kU32 || kField.kind == Kind::kNetmask ||
                       kField.kind == Kind::kAddress4) {
    return StoreInteger<std::uint32_t>(attribute, to);
  } else if constexpr (kField.kind == Kind::kU32InByte) {
    const auto value = attribute.Integer<std::uint32_t>();
    if (value) Store(to, static_cast<std::uint8_t>(*value & 0x7));
    return value.has_value();
  } else if constexpr (kField.kind == Kind::kU32InShort) {
    const auto value = attribute.Integer<std::uint32_t>();
    if (!value || *value > std::numeric_limits<std::uint16_t>::max()) return false;
    Store(to, static_cast<std::uint16_t>(*value));
    return true;
  } else if constexpr (kField.kind == Kind::kPort) {
    const auto value = attribute.Integer<std::uint16_t>();
    if (value) Store(to, ntohs(*value));
    return value.has_value();
  } else if constexpr (kField.kind == Kind::kAddress) {
    if (attribute.payload.size() > sizeof(AddressBytes)) return false;
    std::memcpy(to, attribute.payload.data(), attribute.payload.size());
    return true;
  } else if constexpr (kField.kind == Kind::kText) {
    const std::string_view text = attribute.Text();
    if (text.size() >= kField.length) return false;
    std::memcpy(to, text.data(), text.size());
    return true;
  } else if constexpr (kField.kind == Kind::kFlags) {
    if (attribute.payload.size() < sizeof(WireFlags)) return false;
    Store(to, Load<WireFlags>(attribute.payload.data()).flags);
    return true;
  } else if constexpr (kField.kind == Kind::kStats || kField.kind == Kind::kStats64) {
    if (ReadCounters(attribute.payload, to)) return true;
    // What was read for a counter may have been something else.
    std::memset(to, 0, sizeof(StatsRecord));
    return DecodeFields<kStatsFields>(attribute.payload, to).has_value();
  } else if constexpr (kField.kind == Kind::kCounter || kField.kind == Kind::kRate) {
    const auto value = ReadCounter(attribute);
    if (value) StoreCounter<kField.kind>(to, *value);
    return value.has_value();
  } else {
    static_assert(kField.kind == Kind::kPadding);
    return true;
  }
}

// The payload travels in registers, which an attribute would not.
using FieldDecoder = bool (*)(std::span<const std::byte> payload, std::byte* record);

// The decoders of a table, by row.
template <const auto& kFields>
constexpr auto kDecoders = []<std::size_t... rows>(std::index_sequence<rows...>) {
  return std::array<FieldDecoder, sizeof...(rows)>{&DecodeField<kFields, rows>...};
}
(std::make_index_sequence<std::size(kFields)>{});

// The row of a kind that at most one row has; behind the last where none has it.
constexpr std::size_t RowOf(std::span<const Field> fields, Kind kind) {
  return static_cast<std::size_t>(std::ranges::find(fields, kind, &Field::kind) - fields.begin());
}

// What `present` says of the attributes that were seen.
template <const auto& kFields>
std::uint8_t PresentOf(std::uint32_t seen) {
  const auto bits = [&]<std::size_t row> {
    constexpr const Field& kField = kFields[row];
    if constexpr (kField.present == 0) return 0;
    return (seen & BitOf(kField.attribute)) != 0 ? kField.present : 0;
  };
  return [&]<std::size_t... rows>(std::index_sequence<rows...>) {
    return static_cast<std::uint8_t>((bits.template operator()<rows>() | ...));
  }
  (std::make_index_sequence<std::size(kFields)>{});
}

// Reads the attributes of one nest and returns which were there; nothing when one is
// too short or the nest cannot be walked.
template <const auto& kFields>
std::optional<std::uint32_t> DecodeFields(std::span<const std::byte> attributes,
                                          std::byte* record) {
  constexpr const auto& kDecode = kDecoders<kFields>;
  constexpr std::size_t kNarrow = RowOf(kFields, Kind::kStats);
  constexpr std::size_t kWide = RowOf(kFields, Kind::kStats64);
  std::uint32_t seen = 0;
  std::span<const std::byte> narrow;
  AttributeReader reader(attributes);
  while (const auto attribute = reader.Next()) {
    const std::size_t row = attribute->type - std::size_t{1};
    if (row >= std::size(kFields)) continue;
    seen |= BitOf(attribute->type);
    if (row == kNarrow) {
      narrow = attribute->payload;
    } else if (!kDecode[row](attribute->payload, record)) {
      return std::nullopt;
    }
  }
  if (reader.malformed()) return std::nullopt;
  // The 32-bit form repeats what the 64-bit one says; kernels without the latter have only it.
  if constexpr (kNarrow < std::size(kFields)) {
    constexpr std::uint32_t kEither =
        BitOf(kFields[kNarrow].attribute) | BitOf(kFields[kWide].attribute);
    const bool only = (seen & kEither) == BitOf(kFields[kNarrow].attribute);
    if (only && !kDecode[kNarrow](narrow, record)) return std::nullopt;
  }
  return seen;
}

// The attributes of an answer in the order in which the kernel writes them, of which nearly every
// answer has all and no others: what a service has that is no mark's and has no engine, and what a
// destination has since kernels know of all of it.
constexpr std::uint16_t kServiceOrder[] = {1, 2, 3, 4, 6, 7, 8, 9, 10, 12};
constexpr std::uint16_t kDestinationOrder[] = {1, 2, 3, 4, 13, 14, 15, 5, 6, 7, 8, 9, 11, 10, 12};

constexpr std::uint32_t BitsOf(std::span<const std::uint16_t> attributes) {
  std::uint32_t bits = 0;
  for (const std::uint16_t attribute : attributes) bits |= BitOf(attribute);
  return bits;
}

// The bytes of an attribute of that kind; 0 where they differ.
constexpr std::size_t SizeOf(Kind kind) {
  switch (kind) {
    case Kind::kU8: return 1;
    case Kind::kU16:
    case Kind::kPort: return 2;
    case Kind::kU32:
    case Kind::kU32InByte:
    case Kind::kU32InShort:
    case Kind::kNetmask:
    case Kind::kAddress4: return 4;
    case Kind::kAddress: return sizeof(AddressBytes);
    case Kind::kFlags: return sizeof(WireFlags);
    default: return 0;
  }
}

constexpr std::size_t StepOf(Kind kind) { return netlink::Align(sizeof(nlattr) + SizeOf(kind)); }

// The bytes of the attributes of an order that have one size each, from a place up to the next that
// has not.
template <const auto& kFields, const auto& kOrder>
constexpr std::size_t BytesFrom(std::size_t place) {
  std::size_t bytes = 0;
  for (; place < std::size(kOrder); ++place) {
    const Kind kind = kFields[kOrder[place] - 1].kind;
    if (SizeOf(kind) == 0) break;
    bytes += StepOf(kind);
  }
  return bytes;
}

// Reads the attribute that should stand at a place of an order, and moves on.
template <const auto& kFields, const auto& kOrder, std::size_t place>
bool DecodeAt(const std::byte*& at, const std::byte* end, std::byte* record) {
  constexpr std::size_t kRow = kOrder[place] - 1;
  constexpr Field kField = kFields[kRow];
  constexpr std::size_t kSize = SizeOf(kField.kind);
  const auto rest = static_cast<std::size_t>(end - at);
  const std::byte* const payload = at + sizeof(nlattr);
  if constexpr (kSize != 0) {
    // There is room for all of these, or none is looked at.
    constexpr bool kFirst = place == 0 || SizeOf(kFields[kOrder[place - 1] - 1].kind) == 0;
    if (kFirst && rest < BytesFrom<kFields, kOrder>(place)) return false;
    if (Load<std::uint32_t>(at) != HeaderOf(kField.attribute, kSize)) return false;
    at += StepOf(kField.kind);
    return DecodeField<kFields, kRow>({payload, kSize}, record);
  } else {
    if (rest < sizeof(nlattr)) return false;
    const auto header = Load<nlattr>(at);
    const std::size_t step = netlink::Align(header.nla_len);
    if ((header.nla_type & NLA_TYPE_MASK) != kField.attribute) return false;
    if (header.nla_len < sizeof header || rest < step) return false;
    at += step;
    // The 64-bit counters, which come later, say the same.
    if constexpr (kField.kind == Kind::kStats) return true;
    return DecodeField<kFields, kRow>({payload, header.nla_len - sizeof header}, record);
  }
}

// Reads the attributes of a nest that are those of an order; false, with the record written in
// part, where they are not. It takes a third of the time that it takes to be ready for any
// attribute.
template <const auto& kFields, const auto& kOrder>
bool DecodeInOrder(std::span<const std::byte> nest, std::byte* record) {
  const std::byte* at = nest.data();
  const std::byte* const end = at + nest.size();
  const bool all = [&]<std::size_t... places>(std::index_sequence<places...>) {
    return (DecodeAt<kFields, kOrder, places>(at, end, record) && ...);
  }
  (std::make_index_sequence<std::size(kOrder)>{});
  return all && at == end;
}

// Reads the attributes of a nest, which are most often those of an order, and returns which were
// there.
template <const auto& kFields, const auto& kOrder>
std::optional<std::uint32_t> DecodeUsual(std::span<const std::byte> nest, std::byte* record) {
  if (DecodeInOrder<kFields, kOrder>(nest, record)) return BitsOf(kOrder);
  return DecodeFields<kFields>(nest, record);
}

// The payload of one nest of an answer.
std::optional<std::span<const std::byte>> FindNest(std::span<const std::byte> answer,
                                                   std::uint16_t type) {
  AttributeReader reader(answer);
  while (const auto attribute = reader.Next()) {
    if (attribute->type == type) return attribute->payload;
  }
  return std::nullopt;
}

Status Malformed(const char* what) { return Status::Failure(Source::kMalformed, EBADMSG, what); }

// Of an IPv4 address only the first four bytes mean anything.
void CleanAddress(AddressBytes& address, std::uint16_t family) {
  if (family == AF_INET) std::fill(address.begin() + 4, address.end(), std::uint8_t{0});
}

}  // namespace

void EncodeService(const ServiceRecord& service, Extent extent, std::uint32_t flag_mask,
                   AttributeWriter& out) {
  out.Nested(kAttributeService, [&] {
    EncodeFields<kServiceFields>(BytesOf(service), RolesOf(extent),
                                 service.marked != 0 ? kAddressOnly : kMarkOnly,
                                 {service.family, flag_mask}, out);
  });
}

void EncodeDestination(const DestinationRecord& destination, Extent extent, AttributeWriter& out) {
  const bool tunnel =
      destination.tunnel_type != 0 || destination.tunnel_port != 0 || destination.tunnel_flags != 0;
  out.Nested(kAttributeDestination, [&] {
    EncodeFields<kDestinationFields>(BytesOf(destination), RolesOf(extent), tunnel ? 0 : kIfAny, {},
                                     out);
  });
}

void EncodeDaemon(const DaemonRecord& daemon, Extent extent, AttributeWriter& out) {
  Roles without = 0;
  if (daemon.group_family != AF_INET) without |= kIPv4Only;
  if (daemon.group_family != AF_INET6) without |= kIPv6Only;
  out.Nested(kAttributeDaemon, [&] {
    EncodeFields<kDaemonFields>(BytesOf(daemon), RolesOf(extent), without, {}, out);
  });
}

void EncodeTimeouts(const TimeoutsRecord& timeouts, AttributeWriter& out) {
  EncodeFields<kConfigFields>(BytesOf(timeouts), kSetting, 0, {}, out);
}

Status DecodeService(std::span<const std::byte> answer, ObservedServiceRecord& service) {
  service = {};
  const auto nest = FindNest(answer, kAttributeService);
  if (!nest) return Malformed("an answer without its service");

  ServiceRecord& record = service.service;
  const auto seen = DecodeUsual<kServiceFields, kServiceOrder>(*nest, BytesOf(service));
  record.marked = seen && (*seen & BitsOf(kServiceFields, kMarkOnly)) != 0 ? 1 : 0;
  constexpr std::uint32_t kAlways =
      BitsOf(kServiceFields, kRequired) &
      ~(BitsOf(kServiceFields, kAddressOnly) | BitsOf(kServiceFields, kMarkOnly));
  if (!Complete(seen,
                kAlways | BitsOf(kServiceFields, record.marked != 0 ? kMarkOnly : kAddressOnly))) {
    return Malformed("a service that is not complete");
  }
  record.present = PresentOf<kServiceFields>(*seen);
  if (record.family == AF_INET) record.netmask = ntohl(record.netmask);
  CleanAddress(record.address, record.family);
  return Status::Ok();
}

Status DecodeDestination(std::span<const std::byte> answer, std::uint16_t family,
                         ObservedDestinationRecord& destination) {
  destination = {};
  const auto nest = FindNest(answer, kAttributeDestination);
  if (!nest) return Malformed("an answer without its destination");

  DestinationRecord& record = destination.destination;
  const auto seen = DecodeUsual<kDestinationFields, kDestinationOrder>(*nest, BytesOf(destination));
  if (!Complete(seen, BitsOf(kDestinationFields, kRequired))) {
    return Malformed("a destination that is not complete");
  }
  record.present = PresentOf<kDestinationFields>(*seen);
  if (record.family == 0) record.family = family;
  CleanAddress(record.address, record.family);
  return Status::Ok();
}

Status DecodeDaemon(std::span<const std::byte> answer, DaemonRecord& daemon) {
  daemon = {};
  const auto nest = FindNest(answer, kAttributeDaemon);
  if (!nest) return Malformed("an answer without its daemon");

  const auto seen = DecodeFields<kDaemonFields>(*nest, BytesOf(daemon));
  if (!Complete(seen, BitsOf(kDaemonFields, kRequired))) {
    return Malformed("a daemon that is not complete");
  }
  if ((*seen & BitsOf(kDaemonFields, kIPv4Only)) != 0) daemon.group_family = AF_INET;
  if ((*seen & BitsOf(kDaemonFields, kIPv6Only)) != 0) daemon.group_family = AF_INET6;
  return Status::Ok();
}

Status DecodeTimeouts(std::span<const std::byte> answer, TimeoutsRecord& timeouts) {
  timeouts = {};
  if (!Complete(DecodeFields<kConfigFields>(answer, BytesOf(timeouts)),
                BitsOf(kConfigFields, kRequired))) {
    return Malformed("timeouts that are not complete");
  }
  return Status::Ok();
}

Status DecodeInfo(std::span<const std::byte> answer, InfoRecord& info) {
  info = {};
  if (!Complete(DecodeFields<kInfoFields>(answer, BytesOf(info)), BitsOf(kInfoFields, kRequired))) {
    return Malformed("information that is not complete");
  }
  return Status::Ok();
}

}  // namespace ipvs
