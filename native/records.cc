#include "records.h"

namespace ipvs {

namespace {

template <typename T>
constexpr FieldType TypeOf() {
  if constexpr (std::is_same_v<T, std::uint8_t>) return FieldType::kU8;
  if constexpr (std::is_same_v<T, std::uint16_t>) return FieldType::kU16;
  if constexpr (std::is_same_v<T, std::uint32_t>) return FieldType::kU32;
  if constexpr (std::is_same_v<T, std::uint64_t>) return FieldType::kU64;
  if constexpr (std::is_same_v<T, double>) return FieldType::kF64;
  if constexpr (std::is_same_v<T, AddressBytes>) return FieldType::kBytes;
  if constexpr (std::is_array_v<T>) return FieldType::kText;
}

// clang-format off
#define FIELD(name, record, member) \
  {name, TypeOf<decltype(record::member)>(), offsetof(record, member), sizeof(record::member)}

constexpr FieldLayout kService[] = {
    FIELD("address", ServiceRecord, address),
    FIELD("fwmark", ServiceRecord, fwmark),
    FIELD("flags", ServiceRecord, flags),
    FIELD("timeout", ServiceRecord, timeout),
    FIELD("netmask", ServiceRecord, netmask),
    FIELD("family", ServiceRecord, family),
    FIELD("protocol", ServiceRecord, protocol),
    FIELD("port", ServiceRecord, port),
    FIELD("marked", ServiceRecord, marked),
    FIELD("present", ServiceRecord, present),
    FIELD("scheduler", ServiceRecord, scheduler),
    FIELD("engine", ServiceRecord, engine),
};

constexpr FieldLayout kDestination[] = {
    FIELD("address", DestinationRecord, address),
    FIELD("weight", DestinationRecord, weight),
    FIELD("upperThreshold", DestinationRecord, upper_threshold),
    FIELD("lowerThreshold", DestinationRecord, lower_threshold),
    FIELD("family", DestinationRecord, family),
    FIELD("port", DestinationRecord, port),
    FIELD("tunnelPort", DestinationRecord, tunnel_port),
    FIELD("tunnelFlags", DestinationRecord, tunnel_flags),
    FIELD("forward", DestinationRecord, forward),
    FIELD("tunnelType", DestinationRecord, tunnel_type),
    FIELD("present", DestinationRecord, present),
};

constexpr FieldLayout kStats[] = {
    FIELD("connections", StatsRecord, connections),
    FIELD("packetsIn", StatsRecord, packets_in),
    FIELD("packetsOut", StatsRecord, packets_out),
    FIELD("bytesIn", StatsRecord, bytes_in),
    FIELD("bytesOut", StatsRecord, bytes_out),
    FIELD("connectionRate", StatsRecord, connection_rate),
    FIELD("packetInRate", StatsRecord, packet_in_rate),
    FIELD("packetOutRate", StatsRecord, packet_out_rate),
    FIELD("byteInRate", StatsRecord, byte_in_rate),
    FIELD("byteOutRate", StatsRecord, byte_out_rate),
};

constexpr FieldLayout kObservedService[] = {
    {"service", FieldType::kBytes, offsetof(ObservedServiceRecord, service), sizeof(ServiceRecord)},
    {"stats", FieldType::kBytes, offsetof(ObservedServiceRecord, stats), sizeof(StatsRecord)},
};

constexpr FieldLayout kObservedDestination[] = {
    {"destination", FieldType::kBytes, offsetof(ObservedDestinationRecord, destination),
     sizeof(DestinationRecord)},
    FIELD("activeConnections", ObservedDestinationRecord, active_connections),
    FIELD("inactiveConnections", ObservedDestinationRecord, inactive_connections),
    FIELD("persistentConnections", ObservedDestinationRecord, persistent_connections),
    FIELD("service", ObservedDestinationRecord, service),
    {"stats", FieldType::kBytes, offsetof(ObservedDestinationRecord, stats), sizeof(StatsRecord)},
};

constexpr FieldLayout kTimeouts[] = {
    FIELD("tcp", TimeoutsRecord, tcp),
    FIELD("tcpFin", TimeoutsRecord, tcp_fin),
    FIELD("udp", TimeoutsRecord, udp),
};

constexpr FieldLayout kInfo[] = {
    FIELD("version", InfoRecord, version),
    FIELD("connectionTableSize", InfoRecord, connection_table_size),
    FIELD("transport", InfoRecord, transport),
};

constexpr FieldLayout kDaemon[] = {
    FIELD("group", DaemonRecord, group),
    FIELD("device", DaemonRecord, device),
    FIELD("syncId", DaemonRecord, sync_id),
    FIELD("role", DaemonRecord, role),
    FIELD("groupFamily", DaemonRecord, group_family),
    FIELD("port", DaemonRecord, port),
    FIELD("maxLength", DaemonRecord, max_length),
    FIELD("ttl", DaemonRecord, ttl),
};

constexpr FieldLayout kDevice[] = {
    FIELD("address", DeviceRecord, address),
    FIELD("device", DeviceRecord, device),
    FIELD("index", DeviceRecord, index),
    FIELD("flags", DeviceRecord, flags),
    FIELD("family", DeviceRecord, family),
    FIELD("prefixLength", DeviceRecord, prefix_length),
    FIELD("scope", DeviceRecord, scope),
    FIELD("kind", DeviceRecord, kind),
};

constexpr FieldLayout kConnection[] = {
    FIELD("expires", ConnectionRecord, expires),
    FIELD("fwmark", ConnectionRecord, fwmark),
    FIELD("client", ConnectionRecord, client),
    FIELD("virtual", ConnectionRecord, virtual_address),
    FIELD("destination", ConnectionRecord, destination),
    FIELD("state", ConnectionRecord, state),
    FIELD("engine", ConnectionRecord, engine),
    FIELD("engineData", ConnectionRecord, engine_data),
    FIELD("clientPort", ConnectionRecord, client_port),
    FIELD("virtualPort", ConnectionRecord, virtual_port),
    FIELD("destinationPort", ConnectionRecord, destination_port),
    FIELD("protocol", ConnectionRecord, protocol),
    FIELD("marked", ConnectionRecord, marked),
    FIELD("template", ConnectionRecord, is_template),
    FIELD("invalidated", ConnectionRecord, invalidated),
    FIELD("origin", ConnectionRecord, origin),
};

constexpr FieldLayout kConnectionFilter[] = {
    {"service", FieldType::kBytes, offsetof(ConnectionFilterRecord, service),
     sizeof(ServiceRecord)},
    {"destination", FieldType::kBytes, offsetof(ConnectionFilterRecord, destination),
     sizeof(DestinationRecord)},
    FIELD("client", ConnectionFilterRecord, client),
    FIELD("state", ConnectionFilterRecord, state),
    FIELD("clientFamily", ConnectionFilterRecord, client_family),
    FIELD("protocol", ConnectionFilterRecord, protocol),
    FIELD("clientPrefix", ConnectionFilterRecord, client_prefix),
    FIELD("byProtocol", ConnectionFilterRecord, by_protocol),
    FIELD("byDestinationPort", ConnectionFilterRecord, by_destination_port),
    FIELD("skipTemplates", ConnectionFilterRecord, skip_templates),
    FIELD("skipOthers", ConnectionFilterRecord, skip_others),
    FIELD("unique", ConnectionFilterRecord, unique),
};

constexpr FieldLayout kRequest[] = {
    FIELD("command", RequestRecord, command),
    FIELD("flagMask", RequestRecord, flag_mask),
    {"service", FieldType::kBytes, offsetof(RequestRecord, service), sizeof(ServiceRecord)},
    {"daemon", FieldType::kBytes, offsetof(RequestRecord, daemon), sizeof(DaemonRecord)},
    {"device", FieldType::kBytes, offsetof(RequestRecord, device), sizeof(DeviceRecord)},
    {"destination", FieldType::kBytes, offsetof(RequestRecord, destination),
     sizeof(DestinationRecord)},
    {"timeouts", FieldType::kBytes, offsetof(RequestRecord, timeouts), sizeof(TimeoutsRecord)},
};

#undef FIELD
// clang-format on

constexpr RecordLayout kAll[] = {
    {"request", sizeof(RequestRecord), kRequest},
    {"service", sizeof(ServiceRecord), kService},
    {"destination", sizeof(DestinationRecord), kDestination},
    {"stats", sizeof(StatsRecord), kStats},
    {"observedService", sizeof(ObservedServiceRecord), kObservedService},
    {"observedDestination", sizeof(ObservedDestinationRecord), kObservedDestination},
    {"timeouts", sizeof(TimeoutsRecord), kTimeouts},
    {"info", sizeof(InfoRecord), kInfo},
    {"daemon", sizeof(DaemonRecord), kDaemon},
    {"device", sizeof(DeviceRecord), kDevice},
    {"connection", sizeof(ConnectionRecord), kConnection},
    {"connectionFilter", sizeof(ConnectionFilterRecord), kConnectionFilter},
};

}  // namespace

const std::span<const RecordLayout> kLayouts = kAll;

}  // namespace ipvs
