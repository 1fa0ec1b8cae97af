#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "records.h"
#include "wire.h"

// rtnetlink written by hand, as wire.h writes netlink.

namespace rtnetlink {

using wire::Bytes;

// ifinfomsg: family, padding, type, index, flags, mask.
inline Bytes LinkHeader(std::int32_t index, std::uint32_t flags = 0) {
  using namespace wire;
  return Join({U8(0), U8(0), U16(0), I32(index), U32(flags), U32(0)});
}

// ifaddrmsg: family, prefix length, flags, scope, index.
inline Bytes AddressHeader(int family, unsigned length, unsigned flags, unsigned scope,
                           std::uint32_t index) {
  using namespace wire;
  return Join({Raw({static_cast<unsigned>(family), length, flags, scope}), U32(index)});
}

// A device as the kernel tells of it, RTM_NEWLINK.
inline Bytes Link(std::uint32_t sequence, std::uint32_t port, std::int32_t index,
                  std::string_view name, std::string_view kind = {}, std::uint32_t flags = 0,
                  std::uint16_t message_flags = 0) {
  using namespace wire;
  Bytes payload =
      Join({LinkHeader(index, flags), AttributeOf(3, Text(name)), AttributeOf(13, U32(1'000))});
  if (!kind.empty()) payload = Join({payload, AttributeOf(18, AttributeOf(1, Text(kind)))});
  return MessageOf(16, message_flags, sequence, port, payload);
}

// An address as the kernel tells of it, RTM_NEWADDR.
inline Bytes Address(std::uint32_t sequence, std::uint32_t port, std::uint32_t index,
                     const Bytes& address, unsigned length, unsigned scope = 0,
                     std::uint16_t message_flags = 0) {
  using namespace wire;
  const bool ipv4 = address.size() == 4;
  Bytes payload = AddressHeader(ipv4 ? AF_INET : AF_INET6, length, 0x80, scope, index);
  payload = Join({payload, AttributeOf(1, address)});
  if (ipv4) payload = Join({payload, AttributeOf(2, address), AttributeOf(3, Text("label"))});
  return MessageOf(20, message_flags, sequence, port, payload);
}

inline ipvs::DeviceRecord Named(std::string_view name, std::string_view kind = {}) {
  ipvs::DeviceRecord device{};
  name.copy(device.device, sizeof device.device - 1);
  kind.copy(device.kind, sizeof device.kind - 1);
  return device;
}

inline ipvs::DeviceRecord Bound(std::uint32_t index, const Bytes& address, std::uint8_t length) {
  ipvs::DeviceRecord device{};
  device.index = index;
  device.family = address.size() == 4 ? AF_INET : AF_INET6;
  device.prefix_length = length;
  std::transform(address.begin(), address.end(), device.address.begin(),
                 [](std::byte each) { return std::to_integer<std::uint8_t>(each); });
  return device;
}

}  // namespace rtnetlink
