#include "proc/connection_line.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "address_text.h"
#include "connection_lines.h"
#include "random.h"

namespace {

using ipvs::ConnectionColumns;
using ipvs::ConnectionEnd;
using ipvs::ConnectionLine;
using ipvs::ParseConnectionHeader;
using ipvs::ParseConnectionLine;

constexpr ConnectionColumns kPlain{};
constexpr ConnectionColumns kSynced{.origin = true};

std::string TextOf(const ConnectionEnd& end) {
  std::string text;
  ipvs::AppendAddress(text, end.address, end.family);
  return text + " " + std::to_string(end.port);
}

ConnectionLine Parsed(std::string_view line, const ConnectionColumns& columns = kPlain) {
  ConnectionLine connection{};
  CHECK_MESSAGE(ParseConnectionLine(line, columns, connection), line);
  return connection;
}

bool Refused(const std::string& line, const ConnectionColumns& columns = kPlain) {
  // In memory of just its size, so that reading beyond it is seen.
  const std::vector<char> exact(line.begin(), line.end());
  ConnectionLine connection{};
  return !ParseConnectionLine(std::string_view(exact.data(), exact.size()), columns, connection);
}

// A line with this in the place of its protocol, its state and so on.
std::string With(std::string_view protocol, std::string_view state,
                 std::string_view expires = "299") {
  return std::string(protocol) + " 0A000001 03E8 0A090001 0050 0A010001 1F90 " +
         std::string(state) + " " + std::string(expires);
}

}  // namespace

TEST_SUITE("connection header") {
  TEST_CASE("the two files are told apart by their first line") {
    const auto plain = ParseConnectionHeader(kHeader);
    REQUIRE(plain);
    CHECK_FALSE(plain->origin);
    CHECK(plain->extra == 0);
    const auto synced = ParseConnectionHeader(kSyncedHeader);
    REQUIRE(synced);
    CHECK(synced->origin);
    CHECK(synced->extra == 0);
  }

  TEST_CASE("columns that come after those known are counted") {
    const auto plain = ParseConnectionHeader(std::string(kHeader) + " Mark Flags");
    REQUIRE(plain);
    CHECK(plain->extra == 2);
    const auto synced = ParseConnectionHeader(std::string(kSyncedHeader) + "   Mark ");
    REQUIRE(synced);
    CHECK(synced->extra == 1);
  }

  TEST_CASE("anything else is no header") {
    for (const char* line :
         {"", "Pro", "TCP 0A000001 03E8 0A090001 0050 0A010001 1F90 ESTABLISHED 299",
          "Pro FromIP FPrt ToIP TPrt DestIP DPrt", "Pro FromIP FPrt ToIP TPrt DestIP DPrt State",
          "Pro FromIP FPrt ToIP TPrt DestIP DPrt State Origin",
          "Pro ToIP TPrt FromIP FPrt DestIP DPrt State Expires",
          "Pro FromIP FPrt ToIP TPrt DestIP DPrt Mark State Expires"}) {
      CHECK_MESSAGE(!ParseConnectionHeader(line), line);
    }
  }
}

TEST_SUITE("connection line") {
  TEST_CASE("an IPv4 connection") {
    const auto line = Parsed("TCP 0A000001 03E8 C0000201 0050 FFFFFFFE FFFE ESTABLISHED     899");
    CHECK(TextOf(line.client) == "10.0.0.1 1000");
    CHECK(TextOf(line.virtual_end) == "192.0.2.1 80");
    CHECK(TextOf(line.destination) == "255.255.255.254 65534");
    CHECK(line.protocol == 6);
    CHECK(line.state == "ESTABLISHED");
    CHECK(line.expires == 899);
    CHECK(line.origin == 0);
    CHECK(line.engine.empty());
    CHECK_FALSE(line.is_template);
    CHECK_FALSE(line.invalidated);
    CHECK_FALSE(line.marked);
  }

  TEST_CASE("an IPv6 connection") {
    const auto line = Parsed(
        "UDP fd10:0000:0000:0000:0000:0000:0000:0002 BA64 2001:0db8:0000:0000:0000:0000:0000:0001 "
        "0036 fd20:0000:0000:0000:0000:0000:0000:0002 0036 UDP             299");
    CHECK(TextOf(line.client) == "fd10::2 47716");
    CHECK(TextOf(line.virtual_end) == "2001:db8::1 54");
    CHECK(TextOf(line.destination) == "fd20::2 54");
    CHECK(line.client.family == AF_INET6);
    CHECK(line.state == "UDP");
  }

  TEST_CASE("a destination of the other family") {
    const auto from4 = Parsed(
        "UDP 0A000001 03E8 C0000201 0050 fd20:0000:0000:0000:0000:0000:0000:0002 0036 UDP 299");
    CHECK(from4.client.family == AF_INET);
    CHECK(TextOf(from4.destination) == "fd20::2 54");
    const auto from6 = Parsed(
        "UDP fd10:0000:0000:0000:0000:0000:0000:0002 BA64 2001:0db8:0000:0000:0000:0000:0000:0001 "
        "0036 0A010001 0036 UDP 299");
    CHECK(from6.client.family == AF_INET6);
    CHECK(TextOf(from6.destination) == "10.1.0.1 54");
  }

  TEST_CASE("a client and a virtual address of two families are no connection") {
    CHECK(
        Refused("UDP 0A000001 03E8 2001:0db8:0000:0000:0000:0000:0000:0001 0036 0A010001 0036 "
                "UDP 299"));
  }

  TEST_CASE("every protocol has its number, with a name and without") {
    const std::pair<const char*, int> cases[] = {{"TCP", 6},    {"UDP", 17},     {"SCTP", 132},
                                                 {"IP", 0},     {"ICMP", 1},     {"ICMPv6", 58},
                                                 {"IP_50", 50}, {"IP_132", 132}, {"IP_255", 255}};
    for (const auto& [name, number] : cases) {
      CHECK_MESSAGE(Parsed(With(name, "NONE")).protocol == number, name);
    }
    for (const char* name : {"tcp", "DCCP", "IP_", "IP_x", "IP_1x", "IP_-1", "IP_65536", "6"}) {
      CHECK_MESSAGE(Refused(With(name, "NONE")), name);
    }
  }

  TEST_CASE("a state is taken as it is, known or not") {
    for (const char* state : {"SYN_RECV", "C-ECHOED", "ERR!", "BUG!", "?", "QUANTUM", "A,B"}) {
      CHECK(Parsed(With("TCP", state)).state == state);
    }
  }

  TEST_CASE("a timer that is overdue has nothing left, however the kernel subtracts") {
    const std::pair<const char*, std::uint32_t> cases[] = {
        {"0", 0},
        {"7", 7},
        {"4294965", 4'294'965},
        {"4294967295", 4'294'967'295},
        {"4294967296", 0},
        {"18446744073709551", 0},     // of a kernel with HZ=1000
        {"73786976294838206", 0},     // HZ=250
        {"184467440737095515", 0},    // HZ=100
        {"18446744073709551615", 0},  // 64 bits
    };
    for (const auto& [text, seconds] : cases) {
      CHECK_MESSAGE(Parsed(With("TCP", "CLOSE", text)).expires == seconds, text);
    }
    for (const char* text : {"", "-1", "+1", "1.5", "0x10", "18446744073709551616", "soon"}) {
      CHECK_MESSAGE(Refused(With("TCP", "CLOSE", text)), text);
    }
  }

  TEST_CASE("a template has no client port and a state of templates") {
    const auto is_template = [](std::string_view port, std::string_view state) {
      const std::string line = "TCP 0A000001 " + std::string(port) +
                               " 0A090001 0050 0A010001 1F90 " + std::string(state) + " 299";
      return Parsed(line).is_template;
    };
    CHECK(is_template("0000", "NONE"));
    CHECK(is_template("0000", "ASSURED"));
    CHECK(is_template("0000", "ASSURED,LATER"));
    CHECK_FALSE(is_template("0000", "ASSUREDLY"));
    CHECK_FALSE(is_template("0000", "LISTEN"));  // of ftp, whose data connection is yet to come
    CHECK_FALSE(is_template("0000", "ERR!"));
    CHECK_FALSE(is_template("0001", "NONE"));
    CHECK_FALSE(is_template("0001", "ASSURED"));
  }

  TEST_CASE(
      "an invalidated template has no destination port; up to Linux 7.0 no virtual one either") {
    CHECK(Parsed("TCP 0A000001 0000 0A090001 FFFF 0A010001 FFFF ASSURED 59").invalidated);
    CHECK(Parsed("TCP 0A000001 0000 0A090001 0050 0A010001 FFFF NONE 59").invalidated);
    CHECK_FALSE(Parsed("TCP 0A000001 0000 0A090001 FFFF 0A010001 0050 NONE 59").invalidated);
    CHECK_FALSE(Parsed("TCP 0A000001 0001 0A090001 FFFF 0A010001 FFFF NONE 59").invalidated);
  }

  TEST_CASE("the virtual address of a mark's template is the mark") {
    const auto ipv4 = Parsed("IP  0A000000 0000 80000064 0000 0A010001 0000 ASSURED 299");
    CHECK(ipv4.marked);
    CHECK(ipv4.fwmark == 0x8000'0064);
    const auto ipv6 = Parsed(
        "IP  fd00:0000:0000:0000:0000:0000:0000:0000 0000 ffff:ffff:0000:0000:0000:0000:0000:0000 "
        "0000 fd01:0000:0000:0000:0000:0000:0000:0001 0000 NONE 299");
    CHECK(ipv6.marked);
    CHECK(ipv6.fwmark == 0xffff'ffff);
    CHECK(ipv6.client.family == AF_INET6);
    // An address is one, unless the line is a template for every protocol.
    CHECK_FALSE(Parsed("TCP 0A000000 0000 80000064 0000 0A010001 0000 ASSURED 299").marked);
    const auto none = Parsed("IP  0A000000 0001 80000064 0000 0A010001 0000 NONE 299");
    CHECK_FALSE(none.marked);
    CHECK(none.fwmark == 0);
  }

  TEST_CASE("an engine's data is everything after its name, whatever bytes they are") {
    const auto engine = [](std::string_view tail, const ConnectionColumns& columns = kPlain) {
      // Static, because the texts lie in the line.
      static std::string line;
      line = "UDP 0A000001 0000 0A090001 13C4 0A010001 13C4 ASSURED         299";
      line += tail;
      const auto connection = Parsed(line, columns);
      return std::pair(std::string(connection.engine), std::string(connection.engine_data));
    };
    using Pair = std::pair<std::string, std::string>;
    CHECK(engine("") == Pair("", ""));
    CHECK(engine(" sip id@host") == Pair("sip", "id@host"));
    CHECK(engine(" sip a b  c ") == Pair("sip", "a b  c "));
    CHECK(engine(" sip ") == Pair("sip", ""));
    CHECK(engine(" sip") == Pair("sip", ""));
    CHECK(engine(" sip \xff\xc3\xa9\t\r") == Pair("sip", "\xff\xc3\xa9\t\r"));
    CHECK(engine(" sip " + std::string(255, 'x')) == Pair("sip", std::string(255, 'x')));

    // The columns of a newer kernel are not the engine's.
    const ConnectionColumns newer{.extra = 2};
    CHECK(engine(" 1 2", newer) == Pair("", ""));
    CHECK(engine(" sip a b   1 2", newer) == Pair("sip", "a b"));
    CHECK(engine(" sip a 1   2  ", newer) == Pair("sip", "a"));
    CHECK(engine(" 1", newer) == Pair("", ""));
    CHECK(engine("", newer) == Pair("", ""));
  }

  TEST_CASE("the other file says who made the entry, and columns behind that do not matter") {
    const std::string start = "TCP 0A000001 03E8 0A090001 0050 0A010001 1F90 ESTABLISHED ";
    const auto origin = [&](std::string_view tail) {
      return Parsed(start + std::string(tail), kSynced).origin;
    };
    CHECK(origin("LOCAL       12") == ipvs::kOriginLocal);
    CHECK(origin("SYNC        12") == ipvs::kOriginSync);
    CHECK(origin("SYNC        12 what else") == ipvs::kOriginSync);
    CHECK(origin("ELSEWHERE   12") == 0);
    CHECK(Parsed(start + "SYNC 12 what else", kSynced).engine.empty());
    CHECK(Parsed(start + "SYNC 12", kSynced).expires == 12);
    CHECK(Refused(start + "12", kSynced));
  }

  TEST_CASE("a line that is cut short anywhere is no connection") {
    for (const auto& [line, columns] :
         {std::pair(kLine4, kPlain), std::pair(kLine6, kPlain), std::pair(kSyncedLine, kSynced)}) {
      const std::string whole(line);
      // The last column has more than one digit, so a cut inside it cannot be seen.
      const std::size_t last = whole.find_last_of(' ') + 1;
      for (std::size_t size = 0; size <= last; ++size) {
        CHECK_MESSAGE(Refused(whole.substr(0, size), columns), whole.substr(0, size));
      }
      CHECK_FALSE(Refused(whole, columns));
    }
  }

  TEST_CASE("an address or a port that is not one makes the line unreadable") {
    const std::string good = "TCP 0A000001 03E8 0A090001 0050 0A010001 1F90 CLOSE 9";
    CHECK_FALSE(Refused(good));
    for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
             {"0A000001", "0A00000"},
             {"0A000001", "0A0000010"},
             {"0A000001", "0A00000G"},
             {"0A000001", "0x000001"},
             {"0A000001", "10.0.0.1"},
             {"0A000001", "fd10:0000:0000:0000:0000:0000:0000:000"},
             {"0A000001", "fd10:0000:0000:0000:0000:0000:0000:000g"},
             {"0A000001", "fd10:0000:0000:0000:0000:0000:0000-0002"},
             {"03E8", "3E8"},
             {"03E8", "003E8"},
             {"03E8", "03E\xff"},
             {"1F90", "-F90"}}) {
      std::string bad = good;
      bad.replace(bad.find(from), std::string_view(from).size(), to);
      CHECK_MESSAGE(Refused(bad), bad);
    }
  }

  TEST_CASE("lines of every kind of rubbish do no harm") {
    Random random(17);
    const std::string_view lines[] = {kLine4, kLine6, kSyncedLine, kHeader, kEngineLine};
    constexpr std::string_view kAlphabet = " :,_0123456789ABCDEFabcdefTCPUSIxyz\t\xff";
    std::size_t read = 0;
    for (int round = 0; round < 20'000; ++round) {
      std::string line(lines[random.Below(std::size(lines))]);
      for (std::uint32_t count = random.Below(6); count > 0; --count) {
        const std::size_t at = random.Below(static_cast<std::uint32_t>(line.size() + 1));
        const char character =
            kAlphabet[random.Below(static_cast<std::uint32_t>(kAlphabet.size()))];
        switch (random.Below(4)) {
          case 0: line.insert(at, 1, character); break;
          case 1: line.resize(at); break;
          case 2: line.insert(at, line.substr(0, random.Below(80))); break;
          default:
            if (at < line.size()) line[at] = character;
        }
      }
      const ConnectionColumns columns{.origin = random.OneIn(2), .extra = random.Below(3)};
      read += !Refused(line, columns);
    }
    CHECK(read > 1'000);
    CHECK(read < 19'000);
  }
}
