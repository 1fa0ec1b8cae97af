#include "proc/seen_connections.h"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "connection_lines.h"
#include "proc/sip_hash.h"
#include "random.h"

namespace {

using ipvs::ConnectionLine;
using ipvs::SeenConnections;

ConnectionLine Parsed(std::string_view line) {
  ConnectionLine connection{};
  REQUIRE(ipvs::ParseConnectionLine(line, {}, connection));
  return connection;
}

}  // namespace

TEST_SUITE("seen connections") {
  TEST_CASE("a connection is seen once") {
    SeenConnections seen;
    for (const auto line : {kLine4, kLine6, kEngineLine, kMarkLine}) {
      CHECK(seen.Add(Parsed(line)));
      CHECK_FALSE(seen.Add(Parsed(line)));
    }
  }

  TEST_CASE("protocol, client and virtual address with their ports make the difference") {
    SeenConnections seen;
    CHECK(seen.Add(Parsed("TCP 0A000001 03E8 0A090001 0050 0A010001 1F90 ESTABLISHED 299")));
    CHECK(seen.Add(Parsed("UDP 0A000001 03E8 0A090001 0050 0A010001 1F90 ESTABLISHED 299")));
    CHECK(seen.Add(Parsed("TCP 0A000002 03E8 0A090001 0050 0A010001 1F90 ESTABLISHED 299")));
    CHECK(seen.Add(Parsed("TCP 0A000001 03E9 0A090001 0050 0A010001 1F90 ESTABLISHED 299")));
    CHECK(seen.Add(Parsed("TCP 0A000001 03E8 0A090002 0050 0A010001 1F90 ESTABLISHED 299")));
    CHECK(seen.Add(Parsed("TCP 0A000001 03E8 0A090001 0051 0A010001 1F90 ESTABLISHED 299")));
    // It went on meanwhile.
    CHECK_FALSE(seen.Add(Parsed("TCP 0A000001 03E8 0A090001 0050 0A010002 1F91 CLOSE 9")));
    // The same bytes in the other family.
    CHECK(
        seen.Add(Parsed("TCP 0a00:0001:0000:0000:0000:0000:0000:0000 03E8 "
                        "0a09:0001:0000:0000:0000:0000:0000:0000 0050 0A010001 1F90 CLOSE 9")));
  }

  TEST_CASE("templates of an engine differ by its data") {
    SeenConnections seen;
    const std::string line(kEngineLine);
    CHECK(seen.Add(Parsed(line)));
    CHECK(seen.Add(Parsed(line + '2')));
    CHECK_FALSE(seen.Add(Parsed(line)));
    const std::string without = line.substr(0, line.find(" sip"));
    CHECK(seen.Add(Parsed(without)));
    CHECK_FALSE(seen.Add(Parsed(without)));
  }

  TEST_CASE("among many it is right about each") {
    SeenConnections seen;
    std::set<std::tuple<std::uint32_t, std::uint16_t>> expected;
    Random random(29);
    ConnectionLine connection = Parsed(kLine4);
    for (int round = 0; round < 30'000; ++round) {
      const std::uint32_t client = random.Below(5'000);
      connection.client.address = {10, 0, static_cast<std::uint8_t>(client >> 8),
                                   static_cast<std::uint8_t>(client & 0xff)};
      connection.client.port = static_cast<std::uint16_t>(random.Below(4));
      const bool is_new = expected.emplace(client, connection.client.port).second;
      if (seen.Add(connection) != is_new) FAIL("in round " << round);
    }
    CHECK(expected.size() > 15'000);
  }
}

TEST_SUITE("sip hash") {
  // What another implementation of SipHash-1-3 has for these words and a secret of zeros.
  TEST_CASE("it is the one of that name") {
    std::vector<std::uint64_t> words;
    const std::array<std::uint64_t, 2> secret{};
    const std::pair<std::size_t, std::uint64_t> cases[] = {
        {1, 0x69b5'36ee'4108'fb12}, {2, 0x97c7'2041'd91d'55fb}, {5, 0x8713'fce8'4b9f'74b9}};
    for (const auto& [count, expected] : cases) {
      while (words.size() < count) {
        words.push_back((words.size() + 1) * 0x0102'0304'0506'0708);
      }
      CHECK(ipvs::SipHash(words, secret) == expected);
    }
  }

  TEST_CASE("another secret makes another number") {
    const std::array<std::uint64_t, 2> words{1, 2};
    CHECK(ipvs::SipHash(words, {0, 0}) != ipvs::SipHash(words, {1, 0}));
    CHECK(ipvs::SipHash(words, {0, 0}) != ipvs::SipHash(words, {0, 1}));
  }
}
