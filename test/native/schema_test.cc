#include "ipvs/schema.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "print.h"
#include "random.h"
#include "wire.h"

// The numbers of attributes are spelled out, as kernel-abi.md 1.6 has them: what the code calls
// them is what is tested.

namespace {

using ipvs::DecodeDestination;
using ipvs::DecodeInfo;
using ipvs::DecodeService;
using ipvs::DecodeTimeouts;
using ipvs::DestinationRecord;
using ipvs::EncodeDestination;
using ipvs::EncodeService;
using ipvs::EncodeTimeouts;
using ipvs::Extent;
using ipvs::InfoRecord;
using ipvs::ObservedDestinationRecord;
using ipvs::ObservedServiceRecord;
using ipvs::ServiceRecord;
using ipvs::Source;
using ipvs::Status;
using ipvs::TimeoutsRecord;
using ipvs::netlink::AttributeWriter;
using namespace wire;

// 192.0.2.1 and 2001:db8::5 as they travel.
const Bytes kAddress4 = Join({Raw({192, 0, 2, 1}), Repeat(12, 0)});
const Bytes kAddress6 = Join({Raw({0x20, 0x01, 0x0d, 0xb8}), Repeat(11, 0), Raw({5})});

void SetAddress(ipvs::AddressBytes& to, const Bytes& bytes) {
  REQUIRE(bytes.size() == to.size());
  std::memcpy(to.data(), bytes.data(), to.size());
}

template <std::size_t size>
void SetName(char (&to)[size], std::string_view name) {
  REQUIRE(name.size() < size);
  std::memset(to, 0, size);
  std::memcpy(to, name.data(), name.size());
}

ServiceRecord Service4() {
  ServiceRecord service{};
  service.family = AF_INET;
  service.protocol = 6;
  service.port = 80;
  SetAddress(service.address, kAddress4);
  SetName(service.scheduler, "wlc");
  service.netmask = 0xffffffff;
  return service;
}

ServiceRecord Service6() {
  ServiceRecord service{};
  service.family = AF_INET6;
  service.protocol = 17;
  service.port = 53;
  SetAddress(service.address, kAddress6);
  SetName(service.scheduler, "rr");
  service.netmask = 128;
  return service;
}

ServiceRecord Mark(std::uint16_t family, std::uint32_t fwmark) {
  ServiceRecord service{};
  service.family = family;
  service.marked = 1;
  service.fwmark = fwmark;
  SetName(service.scheduler, "sh");
  service.netmask = family == AF_INET ? 0xffffffff : 128;
  return service;
}

DestinationRecord Destination4() {
  DestinationRecord destination{};
  destination.family = AF_INET;
  SetAddress(destination.address, kAddress4);
  destination.port = 8080;
  destination.forward = 3;
  destination.weight = 100;
  destination.upper_threshold = 2'000;
  destination.lower_threshold = 1'000;
  return destination;
}

Bytes Encoded(const ServiceRecord& service, Extent extent, std::uint32_t flag_mask = 0) {
  ipvs::ByteBuffer out;
  AttributeWriter writer(out);
  EncodeService(service, extent, flag_mask, writer);
  CHECK_FALSE(writer.overflowed());
  return Bytes(out);
}

Bytes Encoded(const DestinationRecord& destination, Extent extent) {
  ipvs::ByteBuffer out;
  AttributeWriter writer(out);
  EncodeDestination(destination, extent, writer);
  CHECK_FALSE(writer.overflowed());
  return Bytes(out);
}

Bytes Encoded(const TimeoutsRecord& timeouts) {
  ipvs::ByteBuffer out;
  AttributeWriter writer(out);
  EncodeTimeouts(timeouts, writer);
  return Bytes(out);
}

// The attributes of an answer by their numbers, so that single ones can be left out or replaced.
using Parts = std::vector<std::pair<int, Bytes>>;

Bytes AnswerOf(std::uint16_t nest, const Parts& parts) {
  Bytes all;
  for (const auto& [number, bytes] : parts) all.insert(all.end(), bytes.begin(), bytes.end());
  return AttributeOf(nest, all);
}

Parts Without(Parts parts, int number) {
  std::erase_if(parts, [&](const auto& part) { return part.first == number; });
  return parts;
}

Parts With(Parts parts, int number, const Bytes& payload) {
  for (auto& part : parts) {
    if (part.first == number)
      part.second = AttributeOf(static_cast<std::uint16_t>(number), payload);
  }
  return parts;
}

Bytes Pad() { return AttributeOf(11, {}); }

// STATS: bytes in and out are 64 bits wide, the rest 32.
Bytes NarrowStats(std::uint32_t base) {
  return Join({AttributeOf(1, U32(base + 1)), AttributeOf(2, U32(base + 2)),
               AttributeOf(3, U32(base + 3)), Pad(), AttributeOf(4, U64(base + 4)), Pad(),
               AttributeOf(5, U64(base + 5)), AttributeOf(6, U32(base + 6)),
               AttributeOf(7, U32(base + 7)), AttributeOf(8, U32(base + 8)),
               AttributeOf(9, U32(base + 9)), AttributeOf(10, U32(base + 10))});
}

Bytes WideStats(std::uint64_t base) {
  Bytes all;
  for (std::uint16_t number = 1; number <= 10; ++number) {
    all = Join({all, Pad(), AttributeOf(number, U64(base + number))});
  }
  return all;
}

void CheckStats(const ipvs::StatsRecord& stats, std::uint64_t base) {
  CHECK(stats.connections == base + 1);
  CHECK(stats.packets_in == base + 2);
  CHECK(stats.packets_out == base + 3);
  CHECK(stats.bytes_in == base + 4);
  CHECK(stats.bytes_out == base + 5);
  CHECK(stats.connection_rate == static_cast<double>(base + 6));
  CHECK(stats.packet_in_rate == static_cast<double>(base + 7));
  CHECK(stats.packet_out_rate == static_cast<double>(base + 8));
  CHECK(stats.byte_in_rate == static_cast<double>(base + 9));
  CHECK(stats.byte_out_rate == static_cast<double>(base + 10));
}

// A service as the kernel tells it, in its order: 1, 2, 3, 4, 6, [11], 7, 8, 9, 10, 12.
Parts ServiceParts() {
  return {{1, AttributeOf(1, U16(AF_INET))},
          {2, AttributeOf(2, U16(6))},
          {3, AttributeOf(3, kAddress4)},
          {4, AttributeOf(4, Big16(80))},
          {6, AttributeOf(6, Text("wlc"))},
          {11, AttributeOf(11, Text("sip"))},
          {7, AttributeOf(7, Join({U32(0x3), U32(0xffffffff)}))},
          {8, AttributeOf(8, U32(360))},
          {9, AttributeOf(9, Big32(0xffffff00))},
          {10, AttributeOf(10, NarrowStats(100))},
          {12, AttributeOf(12, WideStats(5'000'000'000))}};
}

Parts MarkParts() {
  return {{1, AttributeOf(1, U16(AF_INET6))},
          {5, AttributeOf(5, U32(0x80000001))},
          {6, AttributeOf(6, Text("mh"))},
          {7, AttributeOf(7, Join({U32(0x1a), U32(0xffffffff)}))},
          {8, AttributeOf(8, U32(0))},
          {9, AttributeOf(9, U32(64))},
          {10, AttributeOf(10, NarrowStats(0))},
          {12, AttributeOf(12, WideStats(0))}};
}

// A destination as the kernel tells it, in its order: 1, 2, 3, 4, 13, 14, 15, 5, 6, 7, 8, 9, 11,
// 10, 12.
Parts DestinationParts() {
  return {{1, AttributeOf(1, kAddress4)},
          {2, AttributeOf(2, Big16(8'080))},
          {3, AttributeOf(3, U32(2))},
          {4, AttributeOf(4, U32(100))},
          {13, AttributeOf(13, U8(1))},
          {14, AttributeOf(14, Big16(6'080))},
          {15, AttributeOf(15, U16(2))},
          {5, AttributeOf(5, U32(2'000))},
          {6, AttributeOf(6, U32(1'000))},
          {7, AttributeOf(7, U32(11))},
          {8, AttributeOf(8, U32(22))},
          {9, AttributeOf(9, U32(33))},
          {11, AttributeOf(11, U16(AF_INET))},
          {10, AttributeOf(10, NarrowStats(200))},
          {12, AttributeOf(12, WideStats(7'000'000'000))}};
}

struct DecodedService {
  explicit DecodedService(const Bytes& answer) {
    // What was in the record before must not shine through.
    std::memset(static_cast<void*>(&record), 0xee, sizeof record);
    const std::vector<std::byte> exact(answer.begin(), answer.end());
    status = DecodeService(exact, record);
  }
  explicit DecodedService(const Parts& parts) : DecodedService(AnswerOf(1, parts)) {}

  ObservedServiceRecord record;
  Status status;
};

struct DecodedDestination {
  explicit DecodedDestination(const Bytes& answer, std::uint16_t family = AF_INET) {
    std::memset(static_cast<void*>(&record), 0xee, sizeof record);
    const std::vector<std::byte> exact(answer.begin(), answer.end());
    status = DecodeDestination(exact, family, record);
  }
  explicit DecodedDestination(const Parts& parts, std::uint16_t family = AF_INET)
      : DecodedDestination(AnswerOf(2, parts), family) {}

  ObservedDestinationRecord record;
  Status status;
};

// What a request says of a service or destination, as an answer would say it.
Bytes AsServiceAnswer(const ServiceRecord& service) {
  return Encoded(service, Extent::kWhole, 0xffffffff);
}
Bytes AsDestinationAnswer(const DestinationRecord& destination) {
  Bytes nest = Encoded(destination, Extent::kWhole);
  const Bytes counts =
      Join({AttributeOf(7, U32(1)), AttributeOf(8, U32(2)), AttributeOf(9, U32(3))});
  nest.insert(nest.end(), counts.begin(), counts.end());
  const auto length = static_cast<std::uint16_t>(nest.size());
  std::memcpy(nest.data(), &length, sizeof length);
  return nest;
}

template <std::size_t size>
void SetRandomName(char (&to)[size], std::size_t longest, Random& random) {
  std::string name(random.Below(static_cast<std::uint32_t>(longest) + 1), 'x');
  for (char& each : name) each = static_cast<char>('a' + random.Below(26));
  SetName(to, name);
}

bool IsMalformed(const Status& status) {
  return status.source == Source::kMalformed && status.error == EBADMSG && !status.message.empty();
}

}  // namespace

TEST_SUITE("writing a service") {
  TEST_CASE("an IPv4 service is written whole") {
    CHECK(Encoded(Service4(), Extent::kWhole, 0xffffffff) ==
          Nest(1, {AttributeOf(1, U16(2)),                           // AF
                   AttributeOf(2, U16(6)),                           // PROTOCOL
                   AttributeOf(3, kAddress4),                        // ADDR, 16 bytes
                   AttributeOf(4, Raw({0, 80})),                     // PORT, network order
                   AttributeOf(6, Raw({'w', 'l', 'c', 0})),          // SCHED_NAME
                   AttributeOf(7, Join({U32(0), U32(0xffffffff)})),  // FLAGS: value and mask
                   AttributeOf(8, U32(0)),                           // TIMEOUT
                   AttributeOf(9, Raw({255, 255, 255, 255}))}));     // NETMASK
  }

  TEST_CASE("the bytes of a whole service, one by one" *
            doctest::skip(std::endian::native != std::endian::little)) {
    // clang-format off
    CHECK(Encoded(Service4(), Extent::kWhole, 0x0d) ==
          Raw({0x54, 0, 0x01, 0x80,                                            // SERVICE: 84 bytes, a nest
                  6, 0,    1,    0,    2, 0, 0, 0,                             // AF
                  6, 0,    2,    0,    6, 0, 0, 0,                             // PROTOCOL
                 20, 0,    3,    0,  192, 0, 2, 1, 0, 0, 0, 0,                 // ADDR
                                       0, 0, 0, 0, 0, 0, 0, 0,
                  6, 0,    4,    0,    0, 80, 0, 0,                            // PORT
                  8, 0,    6,    0,  'w', 'l', 'c', 0,                         // SCHED_NAME
                 12, 0,    7,    0,    0, 0, 0, 0, 0x0d, 0, 0, 0,              // FLAGS
                  8, 0,    8,    0,    0, 0, 0, 0,                             // TIMEOUT
                  8, 0,    9,    0,  255, 255, 255, 255}));                    // NETMASK
    // clang-format on
  }

  TEST_CASE("an IPv6 service has its prefix length in the machine's byte order") {
    ServiceRecord service = Service6();
    service.netmask = 64;
    CHECK(Encoded(service, Extent::kWhole) ==
          Nest(1, {AttributeOf(1, U16(10)), AttributeOf(2, U16(17)), AttributeOf(3, kAddress6),
                   AttributeOf(4, Raw({0, 53})), AttributeOf(6, Text("rr")),
                   AttributeOf(7, Join({U32(0), U32(0)})), AttributeOf(8, U32(0)),
                   AttributeOf(9, U32(64))}));
  }

  TEST_CASE("a persistent IPv4 service has its mask in network byte order") {
    ServiceRecord service = Service4();
    service.flags = 1;
    service.timeout = 360;
    service.netmask = 0xffffff00;
    CHECK(Encoded(service, Extent::kWhole, 0xd) ==
          Nest(1, {AttributeOf(1, U16(2)), AttributeOf(2, U16(6)), AttributeOf(3, kAddress4),
                   AttributeOf(4, Raw({0, 80})), AttributeOf(6, Text("wlc")),
                   AttributeOf(7, Join({U32(1), U32(0xd)})), AttributeOf(8, U32(360)),
                   AttributeOf(9, Raw({255, 255, 255, 0}))}));
  }

  TEST_CASE("a firewall mark stands in place of protocol, address and port") {
    CHECK(Encoded(Mark(AF_INET, 0x80000001), Extent::kWhole, 0) ==
          Nest(1, {AttributeOf(1, U16(2)), AttributeOf(5, U32(0x80000001)),
                   AttributeOf(6, Text("sh")), AttributeOf(7, Join({U32(0), U32(0)})),
                   AttributeOf(8, U32(0)), AttributeOf(9, Raw({255, 255, 255, 255}))}));
    CHECK(Encoded(Mark(AF_INET6, 7), Extent::kIdentity) ==
          Nest(1, {AttributeOf(1, U16(10)), AttributeOf(5, U32(7))}));
  }

  TEST_CASE("an engine is written where there is one, in its place after the netmask") {
    ServiceRecord service = Mark(AF_INET, 1);
    SetName(service.engine, "sip");
    CHECK(Encoded(service, Extent::kWhole) ==
          Nest(1, {AttributeOf(1, U16(2)), AttributeOf(5, U32(1)), AttributeOf(6, Text("sh")),
                   AttributeOf(7, Join({U32(0), U32(0)})), AttributeOf(8, U32(0)),
                   AttributeOf(9, Raw({255, 255, 255, 255})), AttributeOf(11, Text("sip"))}));
  }

  TEST_CASE("a scheduler without a name is still written, because the kernel wants one") {
    ServiceRecord service = Mark(AF_INET, 1);
    SetName(service.scheduler, "");
    CHECK(Encoded(service, Extent::kWhole) ==
          Nest(1, {AttributeOf(1, U16(2)), AttributeOf(5, U32(1)), AttributeOf(6, Raw({0})),
                   AttributeOf(7, Join({U32(0), U32(0)})), AttributeOf(8, U32(0)),
                   AttributeOf(9, Raw({255, 255, 255, 255}))}));
  }

  TEST_CASE("a name that fills its field without a NUL is written to the end of the field") {
    ServiceRecord service = Mark(AF_INET, 1);
    std::memcpy(service.scheduler, "0123456789abcdef", 16);
    std::memcpy(service.engine, "0123456789abcdefghijklmn", 24);
    const Bytes written = Encoded(service, Extent::kWhole);
    const Bytes scheduler = AttributeOf(6, Text("0123456789abcdef"));
    const Bytes engine = AttributeOf(11, Text("0123456789abcdefghijklmn"));
    CHECK(std::search(written.begin(), written.end(), scheduler.begin(), scheduler.end()) !=
          written.end());
    CHECK(std::search(written.begin(), written.end(), engine.begin(), engine.end()) !=
          written.end());
  }

  TEST_CASE("an identity is no more than what tells the service from others") {
    CHECK(Encoded(Service4(), Extent::kIdentity) ==
          Nest(1, {AttributeOf(1, U16(2)), AttributeOf(2, U16(6)), AttributeOf(3, kAddress4),
                   AttributeOf(4, Raw({0, 80}))}));
    CHECK(Encoded(Service6(), Extent::kIdentity) ==
          Nest(1, {AttributeOf(1, U16(10)), AttributeOf(2, U16(17)), AttributeOf(3, kAddress6),
                   AttributeOf(4, Raw({0, 53}))}));
  }
}

TEST_SUITE("writing a destination") {
  TEST_CASE("a destination is written whole, without a tunnel where none is asked for") {
    CHECK(Encoded(Destination4(), Extent::kWhole) ==
          Nest(2, {AttributeOf(1, kAddress4),          // ADDR
                   AttributeOf(2, Raw({0x1f, 0x90})),  // PORT, network order
                   AttributeOf(3, U32(3)),             // FWD_METHOD, 32 bits
                   AttributeOf(4, U32(100)),           // WEIGHT
                   AttributeOf(5, U32(2'000)),         // U_THRESH
                   AttributeOf(6, U32(1'000)),         // L_THRESH
                   AttributeOf(11, U16(2))}));         // ADDR_FAMILY
  }

  TEST_CASE(
      "a GUE tunnel has its type in a byte, its port in network order and its flags natively") {
    DestinationRecord destination = Destination4();
    destination.forward = 2;
    destination.tunnel_type = 1;
    destination.tunnel_port = 6'080;
    destination.tunnel_flags = 2;
    CHECK(Encoded(destination, Extent::kWhole) ==
          Nest(2, {AttributeOf(1, kAddress4), AttributeOf(2, Big16(8'080)), AttributeOf(3, U32(2)),
                   AttributeOf(4, U32(100)), AttributeOf(5, U32(2'000)), AttributeOf(6, U32(1'000)),
                   AttributeOf(11, U16(2)), AttributeOf(13, Raw({1})),
                   AttributeOf(14, Raw({0x17, 0xc0})), AttributeOf(15, U16(2))}));
  }

  TEST_CASE("any one of the tunnel's settings brings all three") {
    for (int which = 0; which < 3; ++which) {
      DestinationRecord destination = Destination4();
      if (which == 0) destination.tunnel_type = 2;
      if (which == 1) destination.tunnel_port = 1;
      if (which == 2) destination.tunnel_flags = 1;
      const Bytes written = Encoded(destination, Extent::kWhole);
      CHECK(written.size() == Encoded(Destination4(), Extent::kWhole).size() + 3 * 8);
    }
  }

  TEST_CASE("an identity is address, port and family, tunnel or not") {
    DestinationRecord destination = Destination4();
    destination.family = AF_INET6;
    SetAddress(destination.address, kAddress6);
    destination.tunnel_type = 1;
    CHECK(Encoded(destination, Extent::kIdentity) ==
          Nest(2, {AttributeOf(1, kAddress6), AttributeOf(2, Big16(8'080)),
                   AttributeOf(11, U16(10))}));
  }

  TEST_CASE("the largest numbers keep all their bits") {
    DestinationRecord destination = Destination4();
    destination.weight = 0x7fffffff;
    destination.upper_threshold = 0xffffffff;
    destination.lower_threshold = 0xfffffffe;
    destination.port = 0xffff;
    destination.forward = 0xff;
    CHECK(Encoded(destination, Extent::kWhole) ==
          Nest(2, {AttributeOf(1, kAddress4), AttributeOf(2, Raw({0xff, 0xff})),
                   AttributeOf(3, U32(0xff)), AttributeOf(4, U32(0x7fffffff)),
                   AttributeOf(5, U32(0xffffffff)), AttributeOf(6, U32(0xfffffffe)),
                   AttributeOf(11, U16(2))}));
  }
}

TEST_SUITE("writing timeouts") {
  TEST_CASE("timeouts stand at the top, without a nest") {
    CHECK(Encoded(TimeoutsRecord{900, 120, 300}) ==
          Join({AttributeOf(4, U32(900)), AttributeOf(5, U32(120)), AttributeOf(6, U32(300))}));
  }

  TEST_CASE("a timeout of 0 is left out") {
    CHECK(Encoded(TimeoutsRecord{0, 120, 0}) == AttributeOf(5, U32(120)));
    CHECK(Encoded(TimeoutsRecord{0, 0, 0}).empty());
  }
}

TEST_SUITE("reading a service") {
  TEST_CASE("a service is read in the order the kernel writes it") {
    const DecodedService decoded(ServiceParts());
    REQUIRE(decoded.status == Status::Ok());
    const ServiceRecord& service = decoded.record.service;
    CHECK(service.family == AF_INET);
    CHECK(service.protocol == 6);
    CHECK(Bytes(std::as_bytes(std::span(service.address))) == kAddress4);
    CHECK(service.port == 80);
    CHECK(service.marked == 0);
    CHECK(service.fwmark == 0);
    CHECK(std::string(service.scheduler) == "wlc");
    CHECK(std::string(service.engine) == "sip");
    CHECK(service.flags == 0x3);
    CHECK(service.timeout == 360);
    CHECK(service.netmask == 0xffffff00);
    CHECK(service.present == ipvs::kPresentStats64);
    CheckStats(decoded.record.stats, 5'000'000'000);
  }

  TEST_CASE("the order of attributes is of no importance") {
    const DecodedService expected(ServiceParts());
    Parts parts = ServiceParts();
    Random random(3);
    for (int round = 0; round < 50; ++round) {
      std::swap(parts[random.Below(11)], parts[random.Below(11)]);
      const DecodedService decoded(parts);
      CHECK(decoded.status == Status::Ok());
      CHECK(std::memcmp(&decoded.record, &expected.record, sizeof expected.record) == 0);
    }
  }

  TEST_CASE("a firewall-mark service has neither protocol nor address nor port") {
    const DecodedService decoded(MarkParts());
    REQUIRE(decoded.status == Status::Ok());
    const ServiceRecord& service = decoded.record.service;
    CHECK(service.marked == 1);
    CHECK(service.fwmark == 0x80000001);
    CHECK(service.family == AF_INET6);
    CHECK(service.netmask == 64);
    CHECK(service.flags == 0x1a);
    CHECK(std::string(service.scheduler) == "mh");
    CHECK(std::string(service.engine) == "");
    CHECK(service.protocol == 0);
    CHECK(service.port == 0);
    CHECK(Bytes(std::as_bytes(std::span(service.address))) == Repeat(16, 0));
  }

  TEST_CASE("an IPv6 prefix length is not turned round") {
    Parts parts = With(ServiceParts(), 1, U16(AF_INET6));
    parts = With(parts, 3, kAddress6);
    const DecodedService decoded(With(parts, 9, U32(128)));
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.service.netmask == 128);
    CHECK(Bytes(std::as_bytes(std::span(decoded.record.service.address))) == kAddress6);
  }

  TEST_CASE("a kernel without 64-bit counters is read from the 32-bit ones") {
    const DecodedService decoded(Without(ServiceParts(), 12));
    REQUIRE(decoded.status == Status::Ok());
    CheckStats(decoded.record.stats, 100);
    CHECK(decoded.record.service.present == 0);
  }

  TEST_CASE("the 64-bit counters are taken, whichever of the two come first") {
    Parts parts = ServiceParts();
    std::swap(parts[9], parts[10]);
    REQUIRE(parts[9].first == 12);
    const DecodedService decoded(parts);
    REQUIRE(decoded.status == Status::Ok());
    CheckStats(decoded.record.stats, 5'000'000'000);
  }

  TEST_CASE("counters are read with padding, without, with some, in any order, and among others") {
    std::vector<Bytes> counters;
    for (std::uint16_t number = 1; number <= 10; ++number) {
      counters.push_back(AttributeOf(number, U64(9'000'000'000 + number)));
    }
    const auto joined = [&](auto pads) {
      Bytes all;
      for (std::size_t index = 0; index < counters.size(); ++index) {
        all = Join({all, pads(index) ? Pad() : Bytes(), counters[index]});
      }
      return all;
    };
    const Bytes plain = joined([](std::size_t) { return false; });
    const Bytes reversed = [&] {
      Bytes all;
      for (const Bytes& counter : counters) all = Join({counter, all});
      return all;
    }();
    for (const Bytes& nest :
         {plain, joined([](std::size_t) { return true; }),
          joined([](std::size_t index) { return index % 3 == 1; }), Join({plain, Pad()}), reversed,
          Join({Pad(), Pad(), plain}), Join({plain, AttributeOf(12, U64(1))}),
          Join({AttributeOf(1, U64(1)), plain}), Join({AttributeOf(1, U32(1)), plain})}) {
      const DecodedService decoded(With(ServiceParts(), 12, nest));
      REQUIRE(decoded.status == Status::Ok());
      CheckStats(decoded.record.stats, 9'000'000'000);
    }
    for (std::size_t missing = 0; missing < counters.size(); ++missing) {
      CAPTURE(missing);
      auto rest = counters;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(missing));
      Bytes all;
      for (const Bytes& counter : rest) all = Join({all, counter});
      const DecodedService decoded(With(ServiceParts(), 12, all));
      REQUIRE(decoded.status == Status::Ok());
      CHECK((decoded.record.stats.connections == 0) == (missing == 0));
      CHECK((decoded.record.stats.bytes_out == 0) == (missing == 4));
      CHECK((decoded.record.stats.byte_out_rate == 0.0) == (missing == 9));
      // With something unknown in its place the nest is as long as that of all.
      Bytes replaced;
      for (std::size_t index = 0; index < counters.size(); ++index) {
        replaced = Join({replaced, index == missing ? AttributeOf(12, U64(1)) : counters[index]});
      }
      const DecodedService other(With(ServiceParts(), 12, replaced));
      REQUIRE(other.status == Status::Ok());
      CHECK(std::memcmp(&other.record, &decoded.record, sizeof decoded.record) == 0);
    }
    // One that is cut short is none.
    const Bytes cut(plain.begin(), plain.end() - 4);
    CHECK_FALSE(DecodedService(With(ServiceParts(), 12, cut)).status.ok());
  }

  TEST_CASE("bytes are 64 bits wide even among the 32-bit counters") {
    const DecodedService decoded(With(
        Without(ServiceParts(), 12), 10,
        Join({AttributeOf(1, U32(0xffffffff)), Pad(), AttributeOf(4, U64(0x123456789abcdef0))})));
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.stats.connections == 0xffffffff);
    CHECK(decoded.record.stats.bytes_in == 0x123456789abcdef0);
    CHECK(decoded.record.stats.bytes_out == 0);
  }

  TEST_CASE("a service without any counters has them all at 0") {
    const DecodedService decoded(Without(Without(ServiceParts(), 12), 10));
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.stats.connections == 0);
    CHECK(decoded.record.stats.byte_out_rate == 0.0);
  }

  TEST_CASE("unknown attributes are passed over at every level") {
    const Bytes unknown = Join({AttributeOf(60'000 & 0x3fff, U32(1)), AttributeOf(0, U32(2)),
                                AttributeOf(13, U32(3)), AttributeOf(0x3fff, {})});
    Parts parts = With(ServiceParts(), 12, Join({unknown, WideStats(1)}));
    parts.insert(parts.begin(), {0, unknown});
    parts.insert(parts.begin() + 6, {0, unknown});
    const DecodedService decoded(Join({AttributeOf(99, U32(0)), AnswerOf(1, parts), unknown}));
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.service.port == 80);
    CheckStats(decoded.record.stats, 1);
  }

  TEST_CASE("a nest may carry the nesting bit or not") {
    const DecodedService decoded(AnswerOf(0x8001, With(ServiceParts(), 8, U32(5))));
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.service.timeout == 5);
  }

  TEST_CASE("a service that lacks what every one has is malformed") {
    for (const int number : {1, 2, 3, 4, 6, 7, 8, 9}) {
      const DecodedService decoded(Without(ServiceParts(), number));
      CHECK_MESSAGE(IsMalformed(decoded.status), "attribute ", number);
    }
    for (const int number : {1, 5, 6, 7, 8, 9}) {
      const DecodedService decoded(Without(MarkParts(), number));
      CHECK_MESSAGE(IsMalformed(decoded.status), "attribute ", number, " of a mark");
    }
  }

  TEST_CASE("a service without an engine is complete") {
    const DecodedService decoded(Without(ServiceParts(), 11));
    CHECK(decoded.status == Status::Ok());
    CHECK(std::string(decoded.record.service.engine) == "");
  }

  TEST_CASE("an integer that is too short is malformed") {
    const std::pair<int, std::size_t> sizes[] = {{1, 2}, {2, 2}, {4, 2}, {7, 8}, {8, 4}, {9, 4}};
    for (const auto& [number, size] : sizes) {
      for (std::size_t shorter = 0; shorter < size; ++shorter) {
        const DecodedService decoded(With(ServiceParts(), number, Repeat(shorter, 1)));
        CHECK_MESSAGE(IsMalformed(decoded.status), "attribute ", number, " of ", shorter);
      }
    }
    const DecodedService mark(With(MarkParts(), 5, Repeat(3, 1)));
    CHECK(IsMalformed(mark.status));
  }

  TEST_CASE("a counter that is too short is malformed") {
    for (std::uint16_t number = 1; number <= 10; ++number) {
      const DecodedService wide(With(ServiceParts(), 12, AttributeOf(number, Repeat(3, 1))));
      CHECK(IsMalformed(wide.status));
      const DecodedService narrow(
          With(Without(ServiceParts(), 12), 10, AttributeOf(number, Repeat(3, 1))));
      CHECK(IsMalformed(narrow.status));
    }
  }

  TEST_CASE("32-bit counters nobody needs are not looked into") {
    const DecodedService decoded(With(ServiceParts(), 10, Repeat(3, 1)));
    REQUIRE(decoded.status == Status::Ok());
    CheckStats(decoded.record.stats, 5'000'000'000);
  }

  TEST_CASE("an integer longer than it should be gives its first bytes") {
    const DecodedService decoded(With(ServiceParts(), 8, Join({U32(360), U32(99)})));
    CHECK(decoded.status == Status::Ok());
    CHECK(decoded.record.service.timeout == 360);
  }

  TEST_CASE("the longest names the kernel has are read, longer ones are malformed") {
    const std::string fifteen(15, 's');
    const std::string sixteen(16, 'e');
    DecodedService decoded(With(With(ServiceParts(), 6, Text(fifteen)), 11, Text(sixteen)));
    REQUIRE(decoded.status == Status::Ok());
    CHECK(std::string(decoded.record.service.scheduler) == fifteen);
    CHECK(std::string(decoded.record.service.engine) == sixteen);
    CHECK(IsMalformed(DecodedService(With(ServiceParts(), 6, Text(std::string(16, 's')))).status));
    CHECK(IsMalformed(DecodedService(With(ServiceParts(), 11, Text(std::string(24, 'e')))).status));
    CHECK(IsMalformed(DecodedService(With(ServiceParts(), 6, Repeat(5'000, 's'))).status));
  }

  TEST_CASE("a name without its NUL is read to the end of its attribute") {
    const DecodedService decoded(With(With(ServiceParts(), 6, Raw({'r', 'r'})), 11, {}));
    REQUIRE(decoded.status == Status::Ok());
    CHECK(std::string(decoded.record.service.scheduler) == "rr");
    CHECK(std::string(decoded.record.service.engine) == "");
  }

  TEST_CASE("what stands behind an IPv4 address is dropped") {
    const DecodedService decoded(
        With(ServiceParts(), 3, Join({Raw({192, 0, 2, 1}), Repeat(12, 0xff)})));
    REQUIRE(decoded.status == Status::Ok());
    CHECK(Bytes(std::as_bytes(std::span(decoded.record.service.address))) == kAddress4);
  }

  TEST_CASE("an address may be short but not long") {
    const DecodedService brief(With(ServiceParts(), 3, Raw({192, 0, 2, 1})));
    REQUIRE(brief.status == Status::Ok());
    CHECK(Bytes(std::as_bytes(std::span(brief.record.service.address))) == kAddress4);
    CHECK(IsMalformed(DecodedService(With(ServiceParts(), 3, Repeat(17, 1))).status));
  }

  TEST_CASE("an answer without a service is malformed") {
    CHECK(IsMalformed(DecodedService(Bytes{}).status));
    CHECK(IsMalformed(DecodedService(AnswerOf(2, ServiceParts())).status));
    CHECK(IsMalformed(DecodedService(AttributeOf(1, {})).status));
  }

  TEST_CASE("a nest that ends in the middle of an attribute is malformed") {
    const Bytes inside = AnswerOf(1, ServiceParts());
    const Bytes attributes(inside.begin() + 4, inside.end());
    int malformed = 0;
    for (std::size_t size = 0; size < attributes.size(); ++size) {
      const Bytes cut(attributes.begin(), attributes.begin() + static_cast<long>(size));
      malformed += IsMalformed(DecodedService(AttributeOf(1, cut)).status);
    }
    // All but two: the cut before the counters, and the one between the two kinds of them.
    CHECK(malformed == static_cast<int>(attributes.size()) - 2);
  }
}

TEST_SUITE("reading a destination") {
  TEST_CASE("a destination is read in the order the kernel writes it") {
    const DecodedDestination decoded(DestinationParts());
    REQUIRE(decoded.status == Status::Ok());
    const DestinationRecord& destination = decoded.record.destination;
    CHECK(Bytes(std::as_bytes(std::span(destination.address))) == kAddress4);
    CHECK(destination.port == 8'080);
    CHECK(destination.forward == 2);
    CHECK(destination.weight == 100);
    CHECK(destination.tunnel_type == 1);
    CHECK(destination.tunnel_port == 6'080);
    CHECK(destination.tunnel_flags == 2);
    CHECK(destination.upper_threshold == 2'000);
    CHECK(destination.lower_threshold == 1'000);
    CHECK(destination.family == AF_INET);
    CHECK(destination.present ==
          (ipvs::kPresentStats64 | ipvs::kPresentTunnel | ipvs::kPresentFamily));
    CHECK(destination.unused == 0);
    CHECK(decoded.record.active_connections == 11);
    CHECK(decoded.record.inactive_connections == 22);
    CHECK(decoded.record.persistent_connections == 33);
    CHECK(decoded.record.service == 0);
    CheckStats(decoded.record.stats, 7'000'000'000);
  }

  TEST_CASE("without a family a destination has its service's") {
    const DecodedDestination decoded(With(Without(DestinationParts(), 11), 1, kAddress6), AF_INET6);
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.destination.family == AF_INET6);
    CHECK((decoded.record.destination.present & ipvs::kPresentFamily) == 0);
    CHECK(Bytes(std::as_bytes(std::span(decoded.record.destination.address))) == kAddress6);
  }

  TEST_CASE("a family of 0 is the service's") {
    const DecodedDestination decoded(With(DestinationParts(), 11, U16(0)), AF_INET);
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.destination.family == AF_INET);
  }

  TEST_CASE("a destination can be of another family than its service") {
    const DecodedDestination decoded(DestinationParts(), AF_INET6);
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.destination.family == AF_INET);
  }

  TEST_CASE("a kernel that knows no tunnels is told by its silence") {
    Parts parts = DestinationParts();
    for (const int number : {13, 14, 15}) parts = Without(parts, number);
    const DecodedDestination decoded(parts);
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.destination.present == (ipvs::kPresentStats64 | ipvs::kPresentFamily));
    CHECK(decoded.record.destination.tunnel_type == 0);
    CHECK(decoded.record.destination.tunnel_port == 0);
    CHECK(decoded.record.destination.tunnel_flags == 0);
  }

  TEST_CASE("a kernel between 5.2 and 5.3 has tunnels without flags") {
    const DecodedDestination decoded(Without(DestinationParts(), 15));
    REQUIRE(decoded.status == Status::Ok());
    CHECK((decoded.record.destination.present & ipvs::kPresentTunnel) != 0);
    CHECK(decoded.record.destination.tunnel_flags == 0);
  }

  TEST_CASE("of the forwarding method only the low three bits are kept") {
    const DecodedDestination decoded(With(DestinationParts(), 3, U32(0xfffffff9)));
    REQUIRE(decoded.status == Status::Ok());
    CHECK(decoded.record.destination.forward == 1);
  }

  TEST_CASE("a destination that lacks what every one has is malformed") {
    for (const int number : {1, 2, 3, 4, 5, 6, 7, 8, 9}) {
      const DecodedDestination decoded(Without(DestinationParts(), number));
      CHECK_MESSAGE(IsMalformed(decoded.status), "attribute ", number);
    }
  }

  TEST_CASE("an integer that is too short is malformed") {
    const std::pair<int, std::size_t> sizes[] = {{2, 2},  {3, 4},  {4, 4},  {5, 4},
                                                 {6, 4},  {7, 4},  {8, 4},  {9, 4},
                                                 {11, 2}, {13, 1}, {14, 2}, {15, 2}};
    for (const auto& [number, size] : sizes) {
      for (std::size_t shorter = 0; shorter < size; ++shorter) {
        const DecodedDestination decoded(With(DestinationParts(), number, Repeat(shorter, 1)));
        CHECK_MESSAGE(IsMalformed(decoded.status), "attribute ", number, " of ", shorter);
      }
    }
  }

  TEST_CASE("what stands behind an IPv4 address is dropped, also when the family comes last") {
    const Bytes address = Join({Raw({192, 0, 2, 1}), Repeat(12, 0xff)});
    const DecodedDestination decoded(With(DestinationParts(), 1, address), AF_INET6);
    REQUIRE(decoded.status == Status::Ok());
    CHECK(Bytes(std::as_bytes(std::span(decoded.record.destination.address))) == kAddress4);
  }

  TEST_CASE("an answer without a destination is malformed") {
    CHECK(IsMalformed(DecodedDestination(Bytes{}).status));
    CHECK(IsMalformed(DecodedDestination(AnswerOf(1, DestinationParts())).status));
    CHECK(IsMalformed(DecodedDestination(AttributeOf(2, {})).status));
  }

  TEST_CASE("a kernel without 64-bit counters is read from the 32-bit ones") {
    const DecodedDestination decoded(Without(DestinationParts(), 12));
    REQUIRE(decoded.status == Status::Ok());
    CheckStats(decoded.record.stats, 200);
    CHECK((decoded.record.destination.present & ipvs::kPresentStats64) == 0);
  }
}

TEST_SUITE("reading timeouts and information") {
  TEST_CASE("timeouts are read, and all three must be there") {
    const Bytes parts[] = {AttributeOf(4, U32(900)), AttributeOf(5, U32(120)),
                           AttributeOf(6, U32(300))};
    TimeoutsRecord timeouts{1, 2, 3};
    REQUIRE(DecodeTimeouts(Join({parts[0], parts[1], parts[2]}), timeouts) == Status::Ok());
    CHECK(std::tuple(timeouts.tcp, timeouts.tcp_fin, timeouts.udp) == std::tuple(900u, 120u, 300u));
    CHECK(IsMalformed(DecodeTimeouts(Join({parts[0], parts[1]}), timeouts)));
    CHECK(IsMalformed(DecodeTimeouts(Join({parts[0], parts[2]}), timeouts)));
    CHECK(IsMalformed(DecodeTimeouts(Join({parts[1], parts[2]}), timeouts)));
    CHECK(IsMalformed(DecodeTimeouts({}, timeouts)));
    CHECK(IsMalformed(
        DecodeTimeouts(Join({parts[0], parts[1], AttributeOf(6, U16(300))}), timeouts)));
  }

  TEST_CASE("information is read, and both numbers must be there") {
    InfoRecord info{};
    REQUIRE(DecodeInfo(Join({AttributeOf(1, U32(0x010201)), AttributeOf(2, U32(4'096)),
                             AttributeOf(3, U32(7))}),
                       info) == Status::Ok());
    CHECK(info.version == 0x010201);
    CHECK(info.connection_table_size == 4'096);
    CHECK(IsMalformed(DecodeInfo(AttributeOf(1, U32(1)), info)));
    CHECK(IsMalformed(DecodeInfo(AttributeOf(2, U32(1)), info)));
  }
}

TEST_SUITE("writing and reading") {
  TEST_CASE("what is written of a service is read back the same") {
    Random random(1);
    for (int round = 0; round < 2'000; ++round) {
      ServiceRecord service{};
      service.family = random.OneIn(2) ? AF_INET : AF_INET6;
      service.marked = random.OneIn(3);
      if (service.marked != 0) {
        service.fwmark = random.Any();
      } else {
        const std::size_t bytes = service.family == AF_INET ? 4 : 16;
        for (std::size_t index = 0; index < bytes; ++index) {
          service.address[index] = random.Number<std::uint8_t>();
        }
        service.protocol = random.Number<std::uint16_t>();
        service.port = random.Number<std::uint16_t>();
      }
      service.flags = random.Any();
      service.timeout = random.Any();
      service.netmask = random.Any();
      SetRandomName(service.scheduler, 15, random);
      SetRandomName(service.engine, 16, random);

      const DecodedService decoded(AsServiceAnswer(service));
      REQUIRE(decoded.status == Status::Ok());
      CHECK(std::memcmp(&decoded.record.service, &service, sizeof service) == 0);
    }
  }

  TEST_CASE("what is written of a destination is read back the same") {
    Random random(2);
    for (int round = 0; round < 2'000; ++round) {
      DestinationRecord destination{};
      destination.family = random.OneIn(2) ? AF_INET : AF_INET6;
      const std::size_t bytes = destination.family == AF_INET ? 4 : 16;
      for (std::size_t index = 0; index < bytes; ++index) {
        destination.address[index] = random.Number<std::uint8_t>();
      }
      destination.port = random.Number<std::uint16_t>();
      destination.forward = random.Number<std::uint8_t>() & 7;
      destination.weight = random.Any();
      destination.upper_threshold = random.Any();
      destination.lower_threshold = random.Any();
      if (random.OneIn(2)) {
        destination.tunnel_type = random.Number<std::uint8_t>();
        destination.tunnel_port = random.Number<std::uint16_t>();
        destination.tunnel_flags = random.Number<std::uint16_t>();
      }
      const DecodedDestination decoded(AsDestinationAnswer(destination), AF_INET);
      REQUIRE(decoded.status == Status::Ok());
      DestinationRecord found = decoded.record.destination;
      const bool tunnel = destination.tunnel_type != 0 || destination.tunnel_port != 0 ||
                          destination.tunnel_flags != 0;
      CHECK(found.present == (ipvs::kPresentFamily | (tunnel ? ipvs::kPresentTunnel : 0)));
      found.present = 0;
      CHECK(std::memcmp(&found, &destination, sizeof destination) == 0);
    }
  }

  TEST_CASE("answers with random damage are refused or read, and never read past their end") {
    Random random(4);
    const Bytes originals[] = {AnswerOf(1, ServiceParts()), AnswerOf(1, MarkParts()),
                               AnswerOf(2, DestinationParts())};
    int read = 0;
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
      Bytes damaged = originals[round % 3];
      const auto size = static_cast<std::uint32_t>(damaged.size());
      for (std::uint32_t count = 1 + random.Below(3); count > 0; --count) {
        damaged[random.Below(size)] = random.Byte(random.OneIn(2) ? 24 : 256);
      }
      if (random.OneIn(4)) damaged.resize(random.Below(size));
      const DecodedService service(damaged);
      const DecodedDestination destination(damaged);
      for (const Status& status : {service.status, destination.status}) {
        if (!status.ok() && !IsMalformed(status)) FAIL("neither read nor malformed");
        ++(status.ok() ? read : refused);
      }
      const ServiceRecord& record = service.record.service;
      if (service.status.ok() && (record.scheduler[15] != 0 || record.engine[23] != 0)) {
        FAIL("a name without its NUL");
      }
    }
    CHECK(read > 1'000);
    CHECK(refused > 1'000);
  }
}
