#include "proc/connection_filter.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>

#include "connection_lines.h"

namespace {

using ipvs::AddressBytes;
using ipvs::ConnectionFilterRecord;

bool Fits(const ConnectionFilterRecord& filter, std::string_view line,
          const ipvs::ConnectionColumns& columns = {}) {
  ipvs::ConnectionLine connection{};
  REQUIRE(ipvs::ParseConnectionLine(line, columns, connection));
  return ipvs::Matches(filter, connection);
}

AddressBytes Address(std::initializer_list<int> first, int last = 0) {
  AddressBytes address{};
  std::transform(first.begin(), first.end(), address.begin(),
                 [](int each) { return static_cast<std::uint8_t>(each); });
  if (last != 0) address.back() = static_cast<std::uint8_t>(last);
  return address;
}

constexpr std::string_view kTemplate4 =
    "TCP 0A000000 0000 0A090001 0050 0A010001 1F90 ASSURED         299";
constexpr std::string_view kMarkLine6 =
    "IP  fd00:0000:0000:0000:0000:0000:0000:0000 0000 0000:0007:0000:0000:0000:0000:0000:0000 0000 "
    "fd01:0000:0000:0000:0000:0000:0000:0001 0000 ASSURED         299";

}  // namespace

TEST_SUITE("connection filter") {
  TEST_CASE("without anything wanted everything fits") {
    const ConnectionFilterRecord any{};
    for (const auto line : {kLine4, kLine6, kEngineLine, kMarkLine, kTemplate4, kMarkLine6}) {
      CHECK(Fits(any, line));
    }
    CHECK(Fits(any, kSyncedLine, {.origin = true}));
  }

  TEST_CASE("by protocol, also that of mark templates, which is 0") {
    ConnectionFilterRecord filter{};
    filter.by_protocol = 1;
    filter.protocol = 6;
    CHECK(Fits(filter, kLine4));
    CHECK_FALSE(Fits(filter, kLine6));
    filter.protocol = 17;
    CHECK_FALSE(Fits(filter, kLine4));
    CHECK(Fits(filter, kLine6));
    filter.protocol = 0;
    CHECK_FALSE(Fits(filter, kLine4));
    CHECK(Fits(filter, kMarkLine));
  }

  TEST_CASE("by state, exactly") {
    ConnectionFilterRecord filter{};
    std::memcpy(filter.state, "ESTABLISHED", 11);
    CHECK(Fits(filter, kLine4));
    CHECK_FALSE(Fits(filter, kLine6));
    filter.state[10] = '\0';
    CHECK_FALSE(Fits(filter, kLine4));
    // Without a NUL it ends with its field.
    std::memset(filter.state, 'X', sizeof filter.state);
    CHECK(Fits(filter, "TCP 0A000001 03E8 0A090001 0050 0A010001 1F90 XXXXXXXXXXXXXXXX 299"));
    CHECK_FALSE(Fits(filter, "TCP 0A000001 03E8 0A090001 0050 0A010001 1F90 XXXXXXXXXXXXXXXXX 2"));
  }

  TEST_CASE("templates alone, and all but templates") {
    ConnectionFilterRecord filter{};
    filter.skip_templates = 1;
    CHECK(Fits(filter, kLine4));
    CHECK_FALSE(Fits(filter, kTemplate4));
    CHECK_FALSE(Fits(filter, kMarkLine));
    filter.skip_templates = 0;
    filter.skip_others = 1;
    CHECK_FALSE(Fits(filter, kLine4));
    CHECK(Fits(filter, kTemplate4));
    CHECK(Fits(filter, kMarkLine));
  }

  TEST_CASE("by a service with an address: protocol, address and port") {
    ConnectionFilterRecord filter{};
    filter.service.family = AF_INET;
    filter.service.protocol = 6;
    filter.service.address = Address({10, 9, 0, 1});
    filter.service.port = 80;
    CHECK(Fits(filter, kLine4));
    CHECK(Fits(filter, kTemplate4));
    const auto fails_with = [&](auto change) {
      ConnectionFilterRecord other = filter;
      change(other.service);
      return !Fits(other, kLine4);
    };
    CHECK(fails_with([](auto& service) { service.family = AF_INET6; }));
    CHECK(fails_with([](auto& service) { service.protocol = 17; }));
    CHECK(fails_with([](auto& service) { service.address[3] = 2; }));
    CHECK(fails_with([](auto& service) { service.port = 81; }));
    CHECK(fails_with([](auto& service) { service.marked = 1; }));
    CHECK_FALSE(fails_with([](auto& service) { service.port = 0; }));
    CHECK_FALSE(Fits(filter, kLine6));
    CHECK_FALSE(Fits(filter, kMarkLine));
  }

  TEST_CASE("by a mark: the templates of the mark and the family, and nothing else") {
    ConnectionFilterRecord filter{};
    filter.service.marked = 1;
    filter.service.family = AF_INET;
    filter.service.fwmark = 7;
    CHECK(Fits(filter, kMarkLine));
    CHECK_FALSE(Fits(filter, kMarkLine6));
    CHECK_FALSE(Fits(filter, kLine4));
    // An address that reads as the mark does is no mark.
    CHECK_FALSE(Fits(filter, "TCP 0A000000 0000 00000007 0000 0A010001 0000 ASSURED 299"));
    filter.service.family = AF_INET6;
    CHECK(Fits(filter, kMarkLine6));
    CHECK_FALSE(Fits(filter, kMarkLine));
    filter.service.fwmark = 8;
    CHECK_FALSE(Fits(filter, kMarkLine6));
  }

  TEST_CASE("by client: an address or a network, down to the bit") {
    ConnectionFilterRecord filter{};
    filter.client_family = AF_INET;
    // The client of the line is 10.0.0.1.
    filter.client = Address({10, 0, 0, 1});
    for (int prefix = 0; prefix <= 32; ++prefix) {
      filter.client_prefix = static_cast<std::uint8_t>(prefix);
      CHECK(Fits(filter, kLine4));
      CHECK_FALSE(Fits(filter, kLine6));
      for (int bit = 0; bit < 32; ++bit) {
        ConnectionFilterRecord other = filter;
        other.client[static_cast<std::size_t>(bit / 8)] ^=
            static_cast<std::uint8_t>(0x80 >> (bit % 8));
        CHECK(Fits(other, kLine4) == (bit >= prefix));
      }
    }
    filter.client_family = AF_INET6;
    filter.client = Address({0xfd, 0x10}, 2);
    for (const int prefix : {0, 1, 7, 8, 9, 64, 127, 128}) {
      filter.client_prefix = static_cast<std::uint8_t>(prefix);
      CHECK(Fits(filter, kLine6));
      CHECK_FALSE(Fits(filter, kLine4));
      for (int bit = 0; bit < 128; ++bit) {
        ConnectionFilterRecord other = filter;
        other.client[static_cast<std::size_t>(bit / 8)] ^=
            static_cast<std::uint8_t>(0x80 >> (bit % 8));
        CHECK(Fits(other, kLine6) == (bit >= prefix));
      }
    }
  }

  TEST_CASE("a prefix longer than an address reads nothing beyond it") {
    ConnectionFilterRecord filter{};
    filter.client_family = AF_INET6;
    filter.client = Address({0xfd, 0x10}, 2);
    filter.client_prefix = 255;
    CHECK(Fits(filter, kLine6));
  }

  TEST_CASE("by destination, with its port and without") {
    ConnectionFilterRecord filter{};
    filter.destination.family = AF_INET;
    filter.destination.address = Address({10, 1, 0, 1});
    filter.destination.port = 8'080;
    CHECK(Fits(filter, kLine4));
    CHECK(Fits(filter, kMarkLine));
    CHECK_FALSE(Fits(filter, kLine6));
    filter.by_destination_port = 1;
    CHECK(Fits(filter, kLine4));
    CHECK_FALSE(Fits(filter, kMarkLine));
    filter.destination.port = 0;
    CHECK_FALSE(Fits(filter, kLine4));
    CHECK(Fits(filter, kMarkLine));
    filter.destination.address[3] = 2;
    CHECK_FALSE(Fits(filter, kMarkLine));
    filter.destination.family = AF_INET6;
    filter.destination.address = Address({0xfd, 0x20}, 2);
    filter.destination.port = 0x36;
    CHECK(Fits(filter, kLine6));
    CHECK_FALSE(Fits(filter, kLine4));
  }

  TEST_CASE("everything that is wanted has to fit") {
    ConnectionFilterRecord filter{};
    filter.by_protocol = 1;
    filter.protocol = 6;
    filter.client_family = AF_INET;
    filter.client = Address({10});
    filter.client_prefix = 8;
    CHECK(Fits(filter, kLine4));
    filter.client_prefix = 32;
    CHECK_FALSE(Fits(filter, kLine4));
    filter.client_prefix = 8;
    filter.protocol = 17;
    CHECK_FALSE(Fits(filter, kLine4));
  }
}
