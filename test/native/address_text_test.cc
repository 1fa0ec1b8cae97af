#include "address_text.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "random.h"

namespace {

using ipvs::AddressBytes;

std::string TextOf(const AddressBytes& address, int family) {
  std::string text;
  ipvs::AppendAddress(text, address, static_cast<std::uint16_t>(family));
  return text;
}

// Read by the C library, which takes any spelling.
AddressBytes Parsed(const std::string& text, int family) {
  AddressBytes address{};
  REQUIRE_MESSAGE(::inet_pton(family, text.c_str(), address.data()) == 1, text);
  return address;
}

std::string FromLibrary(const AddressBytes& address, int family) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  REQUIRE(::inet_ntop(family, address.data(), text.data(), text.size()) != nullptr);
  return text.data();
}

// An address of the old form ::1.2.3.4, which the C library, unlike RFC 5952, still writes so.
bool IsCompatible(const AddressBytes& address) {
  return std::all_of(address.begin(), address.begin() + 12, [](auto octet) { return octet == 0; });
}

}  // namespace

TEST_SUITE("address text") {
  TEST_CASE("an IPv4 address is four decimal numbers without leading zeros") {
    for (const char* text :
         {"0.0.0.0", "192.0.2.1", "255.255.255.255", "1.20.3.100", "127.0.0.1"}) {
      CHECK(TextOf(Parsed(text, AF_INET), AF_INET) == text);
    }
  }

  TEST_CASE("of an IPv4 address only the first four bytes are read") {
    AddressBytes address = Parsed("10.1.2.3", AF_INET);
    std::fill(address.begin() + 4, address.end(), std::uint8_t{0xff});
    CHECK(TextOf(address, AF_INET) == "10.1.2.3");
  }

  TEST_CASE("an IPv6 address is written as RFC 5952 wants it") {
    struct Case {
      const char* any;
      const char* canonical;
    };
    // clang-format off
    constexpr Case kCases[] = {
        {"::",                                      "::"},
        {"::1",                                     "::1"},
        {"1::",                                     "1::"},
        {"2001:db8::",                              "2001:db8::"},
        {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},              // 4.1: leading zeros
        {"2001:DB8::ABCD:EF01",                     "2001:db8::abcd:ef01"},      // 4.3: small letters
        {"1:0:0:2::3",                              "1:0:0:2::3"},               // 4.2.3: the longest
        {"1:0:0:2:0:0:0:3",                         "1:0:0:2::3"},
        {"1:0:0:0:2:0:0:3",                         "1::2:0:0:3"},
        {"1:0:0:2:3:0:0:4",                         "1::2:3:0:0:4"},             // 4.2.3: the first
        {"0:0:1:2:3:4:0:0",                         "::1:2:3:4:0:0"},
        {"1:0:2:3:4:5:6:7",                         "1:0:2:3:4:5:6:7"},          // 4.2.2: no single one
        {"0:1:2:3:4:5:6:7",                         "0:1:2:3:4:5:6:7"},
        {"1:2:3:4:5:6:7:0",                         "1:2:3:4:5:6:7:0"},
        {"1:0:2:0:3:0:4:0",                         "1:0:2:0:3:0:4:0"},
        {"0:0:1:2:3:4:5:6",                         "::1:2:3:4:5:6"},
        {"1:2:3:4:5:6:0:0",                         "1:2:3:4:5:6::"},
        {"1:2:3:0:0:4:5:6",                         "1:2:3::4:5:6"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"fe80::0202:b3ff:fe1e:8329",               "fe80::202:b3ff:fe1e:8329"},
        {"::ffff:1.2.3.4",                          "::ffff:1.2.3.4"},           // 5: mapped
        {"::ffff:0:0",                              "::ffff:0.0.0.0"},
        {"::ffff:c000:0201",                        "::ffff:192.0.2.1"},
        {"::1.2.3.4",                               "::102:304"},                // not a mapped one
        {"::ffff",                                  "::ffff"},
        {"::1:ffff:102:304",                        "::1:ffff:102:304"},
        {"::ffff:0:1.2.3.4",                        "::ffff:0:102:304"},
        {"64:ff9b::1.2.3.4",                        "64:ff9b::102:304"},
    };
    // clang-format on
    for (const Case& each : kCases) {
      CHECK(TextOf(Parsed(each.any, AF_INET6), AF_INET6) == each.canonical);
    }
  }

  TEST_CASE("the text goes behind what is there, whatever that is") {
    std::string text = "tcp:";
    ipvs::AppendAddress(text, Parsed("::1", AF_INET6), AF_INET6);
    text += ':';
    ipvs::AppendAddress(text, Parsed("1:2:3:4:5:6:7:8", AF_INET6), AF_INET6);
    text += ':';
    ipvs::AppendAddress(text, Parsed("10.0.0.1", AF_INET), AF_INET);
    CHECK(text == "tcp:::1:1:2:3:4:5:6:7:8:10.0.0.1");
  }

  TEST_CASE(
      "random addresses are read back as they were, and written as the C library writes them") {
    Random random(5952);
    int compatible = 0;
    for (int round = 0; round < 20'000; ++round) {
      AddressBytes address{};
      // Groups of zeros are rare in random numbers and common in addresses.
      for (std::size_t group = 0; group < 8; ++group) {
        if (!random.OneIn(2)) continue;
        if (random.OneIn(2)) address[2 * group] = static_cast<std::uint8_t>(random.Any());
        address[2 * group + 1] = static_cast<std::uint8_t>(random.Any());
      }
      if (random.OneIn(50)) {
        std::fill(address.begin(), address.begin() + 10, std::uint8_t{0});
        if (random.OneIn(2)) address[10] = address[11] = 0xff;
      }
      const std::string text = TextOf(address, AF_INET6);
      if (Parsed(text, AF_INET6) != address) FAIL(text << " is another address");
      if (!IsCompatible(address) && text != FromLibrary(address, AF_INET6)) {
        FAIL(text << " is not " << FromLibrary(address, AF_INET6));
      }
      compatible += IsCompatible(address);
      if (IsCompatible(address) && text.find('.') != std::string::npos) FAIL(text << " has dots");

      AddressBytes short_address{};
      std::copy_n(address.begin(), 4, short_address.begin());
      const std::string short_text = TextOf(short_address, AF_INET);
      if (short_text != FromLibrary(short_address, AF_INET)) FAIL(short_text);
    }
    CHECK(compatible > 50);
  }
}
