#include "route/messages.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "netlink/align.h"
#include "netlink/attribute_reader.h"
#include "netlink/attribute_writer.h"
#include "route/commands.h"

namespace ipvs {

namespace {

using netlink::Attribute;
using netlink::AttributeReader;
using netlink::Message;
using netlink::MessageBatch;

constexpr std::uint16_t kExclusive = NLM_F_CREATE | NLM_F_EXCL;

Status Malformed(const char* what) { return Status::Failure(Source::kMalformed, EBADMSG, what); }

template <std::size_t size>
std::string_view TextOf(const char (&field)[size]) {
  return {field, ::strnlen(field, size)};
}

// The field ends with a NUL, whatever the length of the text.
template <std::size_t size>
void SetText(char (&field)[size], std::string_view text) {
  text.copy(field, size - 1);
}

template <typename Header>
void Begin(MessageBatch& batch, std::uint16_t type, std::uint16_t flags, const Header& header) {
  batch.Begin(type, flags);
  batch.Append(std::as_bytes(std::span(&header, 1)));
}

Status End(MessageBatch& batch) {
  return batch.End() ? Status::Ok() : Status::Failure(Source::kSocket, EMSGSIZE);
}

Status AppendCreation(MessageBatch& batch, const DeviceRecord& device) {
  Begin(batch, RTM_NEWLINK, kExclusive, ifinfomsg{});
  auto& attributes = batch.attributes();
  attributes.String(IFLA_IFNAME, TextOf(device.device));
  attributes.Nested(IFLA_LINKINFO, [&] { attributes.String(IFLA_INFO_KIND, TextOf(device.kind)); });
  return End(batch);
}

Status AppendRemoval(MessageBatch& batch, const DeviceRecord& device) {
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(device.index);
  Begin(batch, RTM_DELLINK, 0, header);
  return End(batch);
}

Status AppendAddress(MessageBatch& batch, std::uint16_t type, std::uint16_t flags,
                     const DeviceRecord& device) {
  const bool ipv6 = device.family == AF_INET6;
  ifaddrmsg header{};
  header.ifa_family = static_cast<std::uint8_t>(device.family);
  header.ifa_prefixlen = device.prefix_length;
  header.ifa_scope = device.scope;
  header.ifa_index = device.index;
  if (ipv6) header.ifa_flags = IFA_F_NODAD;
  Begin(batch, type, flags, header);
  const auto address = std::as_bytes(std::span(device.address)).first(ipv6 ? 16 : 4);
  // Of an IPv4 address both are needed: without the first none is added, and without the second
  // one is removed whatever its prefix length.
  batch.attributes().Bytes(IFA_LOCAL, address);
  batch.attributes().Bytes(IFA_ADDRESS, address);
  return End(batch);
}

// Counters of every device are long, and no one asked for them.
void LeaveOutStatistics(MessageBatch& batch) {
  constexpr std::uint32_t kSkipStatistics = 1 << 3;  // RTEXT_FILTER_SKIP_STATS
  batch.attributes().Integer(IFLA_EXT_MASK, kSkipStatistics);
}

// The fixed header of a message; nothing when it is too short or of another type.
template <typename Header>
std::optional<Header> HeaderOf(const Message& message, std::uint16_t type) {
  if (message.header.nlmsg_type != type || message.payload.size() < sizeof(Header)) {
    return std::nullopt;
  }
  Header header;
  std::memcpy(&header, message.payload.data(), sizeof header);
  return header;
}

// The attributes behind a fixed header that is there.
template <typename Header>
AttributeReader AttributesOf(const Message& message) {
  const std::size_t start = std::min(netlink::Align(sizeof(Header)), message.payload.size());
  return AttributeReader(message.payload.subspan(start));
}

bool DecodeKind(std::span<const std::byte> information, DeviceRecord& device) {
  AttributeReader reader(information);
  while (const auto attribute = reader.Next()) {
    if (attribute->type == IFLA_INFO_KIND) SetText(device.kind, attribute->Text());
  }
  return !reader.malformed();
}

}  // namespace

Status AppendRouteRequest(MessageBatch& batch, std::uint32_t command, const DeviceRecord& device) {
  switch (command) {
    case kCreateDevice: return AppendCreation(batch, device);
    case kRemoveDevice: return AppendRemoval(batch, device);
    case kAddAddress: return AppendAddress(batch, RTM_NEWADDR, kExclusive, device);
    case kRemoveAddress: return AppendAddress(batch, RTM_DELADDR, 0, device);
    default: return Status::Failure(Source::kKernel, EOPNOTSUPP);
  }
}

Status AppendDeviceQuestion(MessageBatch& batch, const char (&name)[kDeviceSize]) {
  Begin(batch, RTM_GETLINK, 0, ifinfomsg{});
  batch.attributes().String(IFLA_IFNAME, TextOf(name));
  LeaveOutStatistics(batch);
  return End(batch);
}

Status AppendDevicesQuestion(MessageBatch& batch) {
  Begin(batch, RTM_GETLINK, NLM_F_DUMP, ifinfomsg{});
  LeaveOutStatistics(batch);
  return End(batch);
}

Status AppendAddressesQuestion(MessageBatch& batch) {
  Begin(batch, RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{});
  return End(batch);
}

Status DecodeDevice(const Message& message, DeviceRecord& device) {
  const auto header = HeaderOf<ifinfomsg>(message, RTM_NEWLINK);
  if (!header) return Malformed("an answer that is no device");
  device.index = static_cast<std::uint32_t>(header->ifi_index);
  device.flags = header->ifi_flags;
  auto reader = AttributesOf<ifinfomsg>(message);
  while (const auto attribute = reader.Next()) {
    if (attribute->type == IFLA_IFNAME) SetText(device.device, attribute->Text());
    if (attribute->type == IFLA_LINKINFO && !DecodeKind(attribute->payload, device)) {
      return Malformed("a device whose kind cannot be read");
    }
  }
  if (reader.malformed()) return Malformed("a device whose attributes cannot be read");
  return device.device[0] == '\0' ? Malformed("a device without a name") : Status::Ok();
}

Status DecodeAddress(const Message& message, DeviceRecord& device) {
  const auto header = HeaderOf<ifaddrmsg>(message, RTM_NEWADDR);
  if (!header) return Malformed("an answer that is no address");
  if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6) return Status::Ok();
  device.index = header->ifa_index;
  device.flags = header->ifa_flags;
  device.family = header->ifa_family;
  device.prefix_length = header->ifa_prefixlen;
  device.scope = header->ifa_scope;

  std::optional<Attribute> local;
  auto reader = AttributesOf<ifaddrmsg>(message);
  while (const auto attribute = reader.Next()) {
    // Where there are both, IFA_ADDRESS is the other end of the line.
    if (attribute->type == IFA_LOCAL || (attribute->type == IFA_ADDRESS && !local)) {
      local = attribute;
    }
    if (attribute->type == IFA_FLAGS) {
      device.flags = attribute->Integer<std::uint32_t>().value_or(device.flags);
    }
  }
  if (reader.malformed()) return Malformed("an address whose attributes cannot be read");
  const std::size_t size = device.family == AF_INET6 ? 16 : 4;
  if (!local || local->payload.size() < size) return Malformed("an entry without its address");
  std::memcpy(device.address.data(), local->payload.data(), size);
  return Status::Ok();
}

}  // namespace ipvs
