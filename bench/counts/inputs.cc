#include "inputs.h"

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "ipvs/commands.h"

namespace inputs {

namespace {

using ipvs::AddressBytes;
using namespace wire;

constexpr std::uint32_t kPersistent = 0x1;
constexpr std::uint32_t kHashed = 0x2;
constexpr std::uint8_t kTunnel = 2;

// One in four has IPv6, and one in eight a setting of its own.
bool IsIPv6(std::size_t index) { return index % 4 == 3; }
bool IsSpecial(std::size_t index) { return index % 8 == 1; }
std::uint16_t FamilyOf(std::size_t index) { return IsIPv6(index) ? AF_INET6 : AF_INET; }

std::uint8_t High(std::size_t index) { return static_cast<std::uint8_t>(index >> 8); }
std::uint8_t Low(std::size_t index) { return static_cast<std::uint8_t>(index); }

// 10.NET.x.y, or fd00:NET::xxyy.
AddressBytes AddressOf(std::uint8_t net, std::size_t index) {
  AddressBytes address{};
  if (IsIPv6(index)) {
    address[0] = 0xfd;
    address[3] = net;
    address[14] = High(index);
    address[15] = Low(index);
  } else {
    address = {10, net, High(index), Low(index)};
  }
  return address;
}

Bytes AddressAnswer(std::uint16_t attribute, const AddressBytes& address) {
  return AttributeOf(attribute, Bytes(std::as_bytes(std::span(address))));
}

Bytes Pad() { return AttributeOf(11, {}); }

Bytes NarrowStats(std::uint32_t base) {
  Bytes all;
  for (std::uint16_t number = 1; number <= 10; ++number) {
    const bool wide = number == 4 || number == 5;
    all = wide ? Join({all, Pad(), AttributeOf(number, U64(base + number))})
               : Join({all, AttributeOf(number, U32(base + number))});
  }
  return all;
}

Bytes WideStats(std::uint64_t base) {
  Bytes all;
  for (std::uint16_t number = 1; number <= 10; ++number) {
    all = Join({all, Pad(), AttributeOf(number, U64(base + number))});
  }
  return all;
}

std::string AddressText(const AddressBytes& address, bool is_ipv6) {
  std::string text;
  for (std::size_t index = 0; index < (is_ipv6 ? 16u : 4u); ++index) {
    if (is_ipv6 && index != 0 && index % 2 == 0) text += ':';
    char digits[3];
    std::snprintf(digits, sizeof digits, is_ipv6 ? "%02x" : "%02X", address[index]);
    text += digits;
  }
  return text;
}

std::string ConnectionLine(std::size_t index) {
  constexpr std::string_view kStates[] = {"ESTABLISHED", "FIN_WAIT", "TIME_WAIT"};
  const bool is_ipv6 = IsIPv6(index);
  // Few virtual addresses and servers, and a client for each connection.
  const std::size_t few = index % 32;
  char ports[8];
  std::snprintf(ports, sizeof ports, "%04X", static_cast<unsigned>(1024 + index % 60'000));
  std::string line = "TCP ";
  line += AddressText(AddressOf(30, index), is_ipv6) + ' ' + ports + ' ';
  line += AddressText(AddressOf(9, few), is_ipv6) + " 0050 ";
  line += AddressText(AddressOf(2, few), is_ipv6) + " 1F90 ";
  line += kStates[index % std::size(kStates)];
  line.append(12 - kStates[index % std::size(kStates)].size(), ' ');
  line += "     " + std::to_string(100 + index % 800) + '\n';
  return line;
}

}  // namespace

ipvs::RequestRecord AddService(std::size_t index) {
  ipvs::RequestRecord request{};
  request.command = ipvs::kNewService;
  request.flag_mask = 0x3d;
  ipvs::ServiceRecord& service = request.service;
  service.family = FamilyOf(index);
  service.address = AddressOf(9, index);
  service.protocol = 6;
  service.port = 80;
  service.netmask = IsIPv6(index) ? 128 : 0xffffffff;
  if (IsSpecial(index)) {
    service.flags = kPersistent;
    service.timeout = 300;
  }
  std::memcpy(service.scheduler, "wlc", 4);
  return request;
}

ipvs::RequestRecord AddDestination(std::size_t index) {
  ipvs::RequestRecord request = AddService(index / 10);
  request.command = ipvs::kNewDestination;
  ipvs::DestinationRecord& destination = request.destination;
  destination.family = FamilyOf(index);
  destination.address = AddressOf(2, index);
  destination.port = 8080;
  destination.weight = 1 + static_cast<std::uint32_t>(index % 100);
  if (IsSpecial(index)) {
    destination.forward = kTunnel;
    destination.tunnel_type = 1;
    destination.tunnel_port = 6080;
  }
  return request;
}

Bytes ServiceAnswer(std::size_t index) {
  const ipvs::ServiceRecord service = AddService(index).service;
  return AttributeOf(
      1, Join({AttributeOf(1, U16(service.family)), AttributeOf(2, U16(service.protocol)),
               AddressAnswer(3, service.address), AttributeOf(4, Big16(service.port)),
               AttributeOf(6, Text(service.scheduler)),
               AttributeOf(7, Join({U32(service.flags | kHashed), U32(0xffffffff)})),
               AttributeOf(8, U32(service.timeout)),
               AttributeOf(9, IsIPv6(index) ? U32(service.netmask) : Big32(service.netmask)),
               AttributeOf(10, NarrowStats(Low(index))), AttributeOf(12, WideStats(index))}));
}

Bytes DestinationAnswer(std::size_t index) {
  const ipvs::DestinationRecord destination = AddDestination(index).destination;
  return AttributeOf(
      2, Join({AddressAnswer(1, destination.address), AttributeOf(2, Big16(destination.port)),
               AttributeOf(3, U32(destination.forward)), AttributeOf(4, U32(destination.weight)),
               AttributeOf(13, U8(destination.tunnel_type)),
               AttributeOf(14, Big16(destination.tunnel_port)),
               AttributeOf(15, U16(destination.tunnel_flags)), AttributeOf(5, U32(0)),
               AttributeOf(6, U32(0)), AttributeOf(7, U32(Low(index))), AttributeOf(8, U32(0)),
               AttributeOf(9, U32(0)), AttributeOf(11, U16(destination.family)),
               AttributeOf(10, NarrowStats(Low(index))), AttributeOf(12, WideStats(index))}));
}

std::string ConnectionFile(std::size_t connections) {
  std::string text =
      "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n";
  for (std::size_t index = 0; index < connections; ++index) text += ConnectionLine(index);
  return text;
}

}  // namespace inputs
