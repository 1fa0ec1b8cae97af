#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipvs/schema.h"
#include "print.h"
#include "random.h"
#include "wire.h"

// The numbers of attributes are spelled out, as <linux/ip_vs.h> has them.

namespace {

using ipvs::DaemonRecord;
using ipvs::Extent;
using ipvs::Source;
using ipvs::Status;
using namespace wire;

const Bytes kGroup4 = Raw({239, 1, 2, 3});
const Bytes kGroup6 = Join({Raw({0xff, 0x02}), Repeat(13, 0), Raw({0x51})});

DaemonRecord Daemon(std::uint16_t role, std::string_view device, std::uint32_t sync_id = 0) {
  DaemonRecord daemon{};
  daemon.role = role;
  std::memcpy(daemon.device, device.data(), device.size());
  daemon.sync_id = sync_id;
  return daemon;
}

void SetGroup(DaemonRecord& daemon, std::uint16_t family, const Bytes& group) {
  daemon.group_family = family;
  daemon.group = {};
  std::memcpy(daemon.group.data(), group.data(), group.size());
}

DaemonRecord Complete(std::uint16_t family, const Bytes& group) {
  DaemonRecord daemon = Daemon(2, "eth0", 255);
  SetGroup(daemon, family, group);
  daemon.max_length = 9'000;
  daemon.port = 0x2290;
  daemon.ttl = 3;
  return daemon;
}

Bytes Encoded(const DaemonRecord& daemon, Extent extent = Extent::kWhole) {
  ipvs::ByteBuffer out;
  ipvs::netlink::AttributeWriter writer(out);
  EncodeDaemon(daemon, extent, writer);
  CHECK_FALSE(writer.overflowed());
  return Bytes(out);
}

// A daemon as the kernel tells it, in its order: 1, 2, 3, 4, 7, 8, and the group.
Bytes Answer(const Bytes& group = AttributeOf(5, kGroup4)) {
  return AttributeOf(3, Join({AttributeOf(1, U32(1)), AttributeOf(2, Text("eth0")),
                              AttributeOf(3, U32(7)), AttributeOf(4, U16(1'472)),
                              AttributeOf(7, U16(8'848)), AttributeOf(8, U8(1)), group}));
}

struct Decoded {
  explicit Decoded(const Bytes& answer) {
    // What was in the record before must not shine through.
    std::memset(static_cast<void*>(&record), 0xee, sizeof record);
    const std::vector<std::byte> exact(answer.begin(), answer.end());
    status = DecodeDaemon(exact, record);
  }

  DaemonRecord record;
  Status status;
};

bool IsMalformed(const Status& status) {
  return status.source == Source::kMalformed && status.error == EBADMSG && !status.message.empty();
}

Bytes GroupOf(const DaemonRecord& daemon) { return Bytes(std::as_bytes(std::span(daemon.group))); }

}  // namespace

TEST_SUITE("writing a daemon") {
  TEST_CASE("what is not given is left out") {
    CHECK(Encoded(Daemon(1, "eth0")) ==
          Nest(3, {AttributeOf(1, U32(1)),        // STATE
                   AttributeOf(2, Text("eth0")),  // MCAST_IFN
                   AttributeOf(3, U32(0))}));     // SYNC_ID, wanted even where it is 0
  }

  TEST_CASE("everything that is given is written, with an IPv4 group of four bytes") {
    CHECK(Encoded(Complete(AF_INET, kGroup4)) ==
          Nest(3, {AttributeOf(1, U32(2)), AttributeOf(2, Text("eth0")), AttributeOf(3, U32(255)),
                   AttributeOf(4, U16(9'000)),   // SYNC_MAXLEN
                   AttributeOf(5, kGroup4),      // MCAST_GROUP, network order
                   AttributeOf(7, U16(0x2290)),  // MCAST_PORT, the machine's order
                   AttributeOf(8, Raw({3}))}));  // MCAST_TTL
  }

  TEST_CASE("an IPv6 group stands in an attribute of its own") {
    CHECK(Encoded(Complete(AF_INET6, kGroup6)) ==
          Nest(3, {AttributeOf(1, U32(2)), AttributeOf(2, Text("eth0")), AttributeOf(3, U32(255)),
                   AttributeOf(4, U16(9'000)), AttributeOf(6, kGroup6), AttributeOf(7, U16(0x2290)),
                   AttributeOf(8, Raw({3}))}));
  }

  TEST_CASE("the bytes of a daemon, one by one" *
            doctest::skip(std::endian::native != std::endian::little)) {
    // clang-format off
    CHECK(Encoded(Complete(AF_INET, kGroup4)) ==
          Raw({0x40, 0,    3, 0x80,                                            // DAEMON: 64 bytes, a nest
                  8, 0,    1,    0,    2, 0, 0, 0,                             // STATE
                  9, 0,    2,    0,  'e', 't', 'h', '0', 0, 0, 0, 0,           // MCAST_IFN
                  8, 0,    3,    0,  255, 0, 0, 0,                             // SYNC_ID
                  6, 0,    4,    0, 0x28, 0x23, 0, 0,                          // SYNC_MAXLEN
                  8, 0,    5,    0,  239, 1, 2, 3,                             // MCAST_GROUP
                  6, 0,    7,    0, 0x90, 0x22, 0, 0,                          // MCAST_PORT
                  5, 0,    8,    0,    3, 0, 0, 0}));                          // MCAST_TTL
    // clang-format on
  }

  TEST_CASE("a daemon is told from the other by its role alone") {
    CHECK(Encoded(Complete(AF_INET, kGroup4), Extent::kIdentity) ==
          Nest(3, {AttributeOf(1, U32(2))}));
  }

  TEST_CASE("each of the settings is left out by itself") {
    for (int which = 0; which < 3; ++which) {
      DaemonRecord daemon = Complete(AF_INET, kGroup4);
      if (which == 0) daemon.max_length = 0;
      if (which == 1) daemon.port = 0;
      if (which == 2) daemon.ttl = 0;
      CHECK(Encoded(daemon).size() == Encoded(Complete(AF_INET, kGroup4)).size() - 8);
    }
  }

  TEST_CASE("the largest numbers keep all their bits") {
    DaemonRecord daemon = Complete(AF_INET, kGroup4);
    daemon.max_length = 0xffff;
    daemon.port = 0xffff;
    daemon.ttl = 0xff;
    daemon.sync_id = 0xffffffff;
    CHECK(Encoded(daemon) ==
          Nest(3, {AttributeOf(1, U32(2)), AttributeOf(2, Text("eth0")),
                   AttributeOf(3, Repeat(4, 255)), AttributeOf(4, Repeat(2, 255)),
                   AttributeOf(5, kGroup4), AttributeOf(7, Repeat(2, 255)),
                   AttributeOf(8, Repeat(1, 255))}));
  }

  TEST_CASE("a name that fills its field without a NUL is written to the end of the field") {
    const Bytes written = Encoded(Daemon(1, "0123456789abcdef"));
    const Bytes device = AttributeOf(2, Text("0123456789abcdef"));
    CHECK(std::search(written.begin(), written.end(), device.begin(), device.end()) !=
          written.end());
  }
}

TEST_SUITE("reading a daemon") {
  TEST_CASE("a daemon is read in the order the kernel writes it") {
    const Decoded decoded(Answer());
    REQUIRE(decoded.status == Status::Ok());
    const DaemonRecord& daemon = decoded.record;
    CHECK(daemon.role == 1);
    CHECK(std::string(daemon.device) == "eth0");
    CHECK(daemon.sync_id == 7);
    CHECK(daemon.max_length == 1'472);
    CHECK(daemon.group_family == AF_INET);
    CHECK(GroupOf(daemon) == Join({kGroup4, Repeat(12, 0)}));
    CHECK(daemon.port == 8'848);
    CHECK(daemon.ttl == 1);
  }

  TEST_CASE("an IPv6 group is read whole") {
    const Decoded decoded(Answer(AttributeOf(6, kGroup6)));
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.group_family == AF_INET6);
    CHECK(GroupOf(decoded.record) == kGroup6);
  }

  TEST_CASE("a kernel that tells only role, device and number is understood") {
    const Decoded decoded(AttributeOf(
        3, Join({AttributeOf(1, U32(2)), AttributeOf(2, Text("lo")), AttributeOf(3, U32(263))})));
    REQUIRE(decoded.status == Status::Ok());
    const DaemonRecord expected = Daemon(2, "lo", 263);
    CHECK(std::memcmp(&decoded.record, &expected, sizeof expected) == 0);
  }

  TEST_CASE("attributes that a newer kernel may add are passed over") {
    const Decoded decoded(Join(
        {AttributeOf(9, U32(1)),
         Answer(Join({AttributeOf(5, kGroup4), AttributeOf(9, U64(1)), AttributeOf(300, {})}))}));
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.group_family == AF_INET);
  }

  TEST_CASE("an answer without its daemon, or without what every daemon has, is malformed") {
    CHECK(IsMalformed(Decoded(Bytes{}).status));
    CHECK(IsMalformed(Decoded(AttributeOf(1, U32(1))).status));
    const std::pair<std::uint16_t, Bytes> needed[] = {{1, U32(1)}, {2, Text("eth0")}, {3, U32(7)}};
    for (const auto& [missing, _] : needed) {
      Bytes all;
      for (const auto& [number, payload] : needed) {
        if (number != missing) all = Join({all, AttributeOf(number, payload)});
      }
      CHECK(IsMalformed(Decoded(AttributeOf(3, all)).status));
    }
  }

  TEST_CASE("what is too short, or too long for its field, is malformed") {
    const Bytes damaged[] = {
        AttributeOf(1, U16(1)),
        AttributeOf(1, U32(0x10001)),  // no role has such a number
        AttributeOf(2, Text("0123456789abcdef")),
        AttributeOf(3, U16(1)),
        AttributeOf(4, U8(1)),
        AttributeOf(5, Repeat(3, 224)),
        AttributeOf(6, Repeat(17, 255)),
        AttributeOf(7, U8(1)),
        AttributeOf(8, {}),
        Repeat(3, 0),
    };
    for (const Bytes& attribute : damaged) CHECK(IsMalformed(Decoded(Answer(attribute)).status));
  }

  TEST_CASE("what is written of a daemon is read back the same") {
    Random random(5);
    for (int round = 0; round < 2'000; ++round) {
      DaemonRecord daemon{};
      daemon.role = random.OneIn(2) ? 1 : 2;
      const std::uint32_t length = random.Below(16);
      for (std::uint32_t index = 0; index < length; ++index) {
        daemon.device[index] = static_cast<char>('a' + random.Below(26));
      }
      daemon.sync_id = random.Any();
      daemon.max_length = random.Number<std::uint16_t>();
      daemon.port = random.Number<std::uint16_t>();
      daemon.ttl = random.Number<std::uint8_t>();
      const std::uint16_t families[] = {0, AF_INET, AF_INET6};
      daemon.group_family = families[random.Below(3)];
      const std::size_t bytes = daemon.group_family == 0         ? 0
                                : daemon.group_family == AF_INET ? 4
                                                                 : 16;
      for (std::size_t index = 0; index < bytes; ++index) {
        daemon.group[index] = random.Number<std::uint8_t>();
      }
      const Decoded decoded(Encoded(daemon));
      REQUIRE(decoded.status == Status::Ok());
      CHECK(std::memcmp(&decoded.record, &daemon, sizeof daemon) == 0);
    }
  }

  TEST_CASE("answers with random damage are refused or read, and never read past their end") {
    Random random(6);
    const Bytes originals[] = {Answer(), Answer(AttributeOf(6, kGroup6))};
    int read = 0;
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
      Bytes damaged = originals[round % 2];
      const auto size = static_cast<std::uint32_t>(damaged.size());
      for (std::uint32_t count = 1 + random.Below(3); count > 0; --count) {
        damaged[random.Below(size)] = random.Byte(random.OneIn(2) ? 24 : 256);
      }
      if (random.OneIn(4)) damaged.resize(random.Below(size));
      const Decoded decoded(damaged);
      if (!decoded.status.ok() && !IsMalformed(decoded.status)) {
        FAIL("neither read nor malformed");
      }
      if (decoded.status.ok() && decoded.record.device[15] != 0) FAIL("a name without its NUL");
      ++(decoded.status.ok() ? read : refused);
    }
    CHECK(read > 1'000);
    CHECK(refused > 1'000);
  }
}
