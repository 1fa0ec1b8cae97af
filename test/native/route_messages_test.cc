#include <doctest/doctest.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "print.h"
#include "route/commands.h"
#include "route/messages.h"
#include "rtnetlink.h"
#include "wire.h"

namespace {

using ipvs::DeviceRecord;
using ipvs::RouteCommand;
using ipvs::Source;
using ipvs::Status;
using ipvs::netlink::Message;
using ipvs::netlink::MessageBatch;
using ipvs::netlink::MessageReader;
using namespace wire;
using namespace rtnetlink;

const Status kOk = Status::Ok();

// A message as it leaves, before it is numbered.
Bytes Unsealed(std::uint16_t type, unsigned flags, const Bytes& payload) {
  return MessageOf(type, static_cast<std::uint16_t>(flags), 0, 0, payload);
}

Bytes Written(std::uint32_t command, const DeviceRecord& device) {
  MessageBatch batch;
  REQUIRE(ipvs::AppendRouteRequest(batch, command, device) == kOk);
  return Bytes(batch.bytes());
}

// Reads the one message of a datagram.
template <typename Decode>
Status Read(const Bytes& datagram, DeviceRecord& device, Decode decode) {
  MessageReader reader(datagram);
  const auto message = reader.Next();
  REQUIRE(message.has_value());
  device = DeviceRecord{};
  return decode(*message, device);
}

Status ReadDevice(const Bytes& datagram, DeviceRecord& device) {
  return Read(datagram, device, ipvs::DecodeDevice);
}

Status ReadAddress(const Bytes& datagram, DeviceRecord& device) {
  return Read(datagram, device, ipvs::DecodeAddress);
}

Bytes AddressBytesOf(const DeviceRecord& device, std::size_t size) {
  return Bytes(std::as_bytes(std::span(device.address)).first(size));
}

const Bytes kAddress4 = Raw({10, 9, 0, 1});
const Bytes kOther4 = Raw({10, 9, 0, 2});
const Bytes kAddress6 = Raw({0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
const Bytes kOther6 = Raw({0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});

}  // namespace

TEST_SUITE("rtnetlink: requests") {
  TEST_CASE("a device is made exclusively, of its kind, and its state is not touched") {
    const auto device = Named("ipvs0", "dummy");
    // RTM_NEWLINK; REQUEST, EXCL and CREATE; IFLA_IFNAME, IFLA_LINKINFO with IFLA_INFO_KIND.
    CHECK(Written(ipvs::kCreateDevice, device) ==
          Unsealed(16, 0x601,
                   Join({LinkHeader(0), AttributeOf(3, Text("ipvs0")),
                         Nest(18, {AttributeOf(1, Text("dummy"))})})));
  }

  TEST_CASE("a name that fills its field is written to its end") {
    const auto device = Named("fifteen-bytes15", "dummy");
    const Bytes written = Written(ipvs::kCreateDevice, device);
    const Bytes name = AttributeOf(3, Text("fifteen-bytes15"));
    CHECK(Bytes(std::span(written).subspan(32, name.size())) == name);
  }

  TEST_CASE("a device is removed by its index alone") {
    auto device = Named("ipvs0", "dummy");
    device.index = 7;
    CHECK(Written(ipvs::kRemoveDevice, device) == Unsealed(17, 0x1, LinkHeader(7)));
  }

  TEST_CASE("an address is added exclusively, with both of its attributes") {
    // RTM_NEWADDR; IFA_LOCAL and IFA_ADDRESS.
    CHECK(Written(ipvs::kAddAddress, Bound(7, kAddress4, 32)) ==
          Unsealed(20, 0x601,
                   Join({AddressHeader(AF_INET, 32, 0, 0, 7), AttributeOf(2, kAddress4),
                         AttributeOf(1, kAddress4)})));
    auto host = Bound(7, kAddress4, 32);
    host.scope = 254;
    CHECK(Written(ipvs::kAddAddress, host) ==
          Unsealed(20, 0x601,
                   Join({AddressHeader(AF_INET, 32, 0, 254, 7), AttributeOf(2, kAddress4),
                         AttributeOf(1, kAddress4)})));
  }

  TEST_CASE("an IPv6 address is added without a search for duplicates") {
    CHECK(Written(ipvs::kAddAddress, Bound(7, kAddress6, 128)) ==
          Unsealed(20, 0x601,
                   Join({AddressHeader(AF_INET6, 128, 0x02, 0, 7), AttributeOf(2, kAddress6),
                         AttributeOf(1, kAddress6)})));
  }

  TEST_CASE("an address is removed with its prefix length and the attribute that makes it count") {
    CHECK(Written(ipvs::kRemoveAddress, Bound(7, kAddress4, 32)) ==
          Unsealed(21, 0x1,
                   Join({AddressHeader(AF_INET, 32, 0, 0, 7), AttributeOf(2, kAddress4),
                         AttributeOf(1, kAddress4)})));
  }

  TEST_CASE("a command of IPVS is none of rtnetlink's, and the other way round") {
    MessageBatch batch;
    for (const std::uint32_t command : {0u, 1u, 16u, 0x104u, ipvs::kWithdrawn}) {
      CHECK(ipvs::AppendRouteRequest(batch, command, {}) ==
            Status::Failure(Source::kKernel, EOPNOTSUPP));
    }
    CHECK(batch.empty());
    for (std::uint32_t number = 0; number < 256; ++number) CHECK(!ipvs::IsRouteCommand(number));
    for (const auto& entry : ipvs::kRouteCommands) CHECK(ipvs::IsRouteCommand(entry.command));
    CHECK(!ipvs::IsRouteCommand(ipvs::kWithdrawn));
  }
}

TEST_SUITE("rtnetlink: questions") {
  // IFLA_EXT_MASK with RTEXT_FILTER_SKIP_STATS.
  const Bytes kWithoutStatistics = AttributeOf(29, U32(8));

  TEST_CASE("a device is asked for by its name, without its statistics") {
    MessageBatch batch;
    CHECK(ipvs::AppendDeviceQuestion(batch, Named("ipvs0").device) == kOk);
    CHECK(Bytes(batch.bytes()) ==
          Unsealed(18, 0x1,
                   Join({LinkHeader(0), AttributeOf(3, Text("ipvs0")), kWithoutStatistics})));
  }

  TEST_CASE("all devices are a dump") {
    MessageBatch batch;
    CHECK(ipvs::AppendDevicesQuestion(batch) == kOk);
    CHECK(Bytes(batch.bytes()) == Unsealed(18, 0x301, Join({LinkHeader(0), kWithoutStatistics})));
  }

  TEST_CASE("addresses are a dump of both families, with the whole header and no filter") {
    MessageBatch batch;
    CHECK(ipvs::AppendAddressesQuestion(batch) == kOk);
    CHECK(Bytes(batch.bytes()) == Unsealed(22, 0x301, AddressHeader(0, 0, 0, 0, 0)));
  }
}

TEST_SUITE("rtnetlink: answers") {
  TEST_CASE("a device has an index, a name, flags and a kind") {
    DeviceRecord device;
    CHECK(ReadDevice(Link(1, 0, 7, "ipvs0", "dummy", 0x82), device) == kOk);
    CHECK(device.index == 7);
    CHECK(device.flags == 0x82);
    CHECK(std::string_view(device.device) == "ipvs0");
    CHECK(std::string_view(device.kind) == "dummy");
  }

  TEST_CASE("a device without a kind has none") {
    DeviceRecord device;
    CHECK(ReadDevice(Link(1, 0, 1, "lo"), device) == kOk);
    CHECK(std::string_view(device.kind).empty());
    // A port of a bridge says what its master is (IFLA_INFO_SLAVE_KIND), and nothing of itself.
    const Bytes port = Join({LinkHeader(2), AttributeOf(3, Text("eth0")),
                             AttributeOf(18, AttributeOf(4, Text("bridge")))});
    CHECK(ReadDevice(MessageOf(16, 0, 1, 0, port), device) == kOk);
    CHECK(std::string_view(device.kind).empty());
  }

  TEST_CASE("names longer than their fields are cut and end all the same") {
    DeviceRecord device;
    CHECK(ReadDevice(Link(1, 0, 1, "a-name-of-20-bytes-x", "dummy-of-20-bytes-xx"), device) == kOk);
    CHECK(std::string_view(device.device) == "a-name-of-20-by");
    CHECK(std::string_view(device.kind) == "dummy-of-20-byt");
  }

  TEST_CASE("what is no device, or cannot be read as one, is malformed") {
    const Bytes header = LinkHeader(7);
    const Bytes name = AttributeOf(3, Text("ipvs0"));
    const Bytes beyond = Join({U16(200), U16(4)});
    for (const Bytes& datagram : {
             Address(1, 0, 7, kAddress4, 32),                             // an address
             MessageOf(16, 0, 1, 0, Bytes(std::span(header).first(12))),  // too short
             MessageOf(16, 0, 1, 0, header),                              // without a name
             MessageOf(16, 0, 1, 0, Join({header, AttributeOf(3, Text(""))})),
             MessageOf(16, 0, 1, 0, Join({header, name, beyond})),
             MessageOf(16, 0, 1, 0, Join({header, name, AttributeOf(18, beyond)})),
         }) {
      DeviceRecord device;
      CHECK(ReadDevice(datagram, device).source == Source::kMalformed);
    }
  }

  TEST_CASE("an address has its device's index, its prefix length and its scope") {
    DeviceRecord device;
    CHECK(ReadAddress(Address(1, 0, 7, kAddress4, 24, 253), device) == kOk);
    CHECK(device.family == AF_INET);
    CHECK(device.index == 7);
    CHECK(device.prefix_length == 24);
    CHECK(device.scope == 253);
    CHECK(AddressBytesOf(device, 4) == kAddress4);
    CHECK(AddressBytesOf(device, 16) == Join({kAddress4, Repeat(12, 0)}));
    CHECK(device.device[0] == '\0');

    CHECK(ReadAddress(Address(1, 0, 8, kAddress6, 128), device) == kOk);
    CHECK(device.family == AF_INET6);
    CHECK(AddressBytesOf(device, 16) == kAddress6);
  }

  TEST_CASE("of a line's two ends the address is the one on this side, wherever it stands") {
    DeviceRecord device;
    for (const auto& [ours, theirs, family] :
         {std::tuple(kAddress4, kOther4, AF_INET), std::tuple(kAddress6, kOther6, AF_INET6)}) {
      const Bytes header = AddressHeader(family, 32, 0, 0, 7);
      const Bytes local = AttributeOf(2, ours);
      const Bytes address = AttributeOf(1, theirs);
      for (const Bytes& attributes : {Join({local, address}), Join({address, local})}) {
        CHECK(ReadAddress(MessageOf(20, 0, 1, 0, Join({header, attributes})), device) == kOk);
        CHECK(AddressBytesOf(device, ours.size()) == ours);
      }
    }
  }

  TEST_CASE("flags of 32 bits count for more than those of eight, and a label for nothing") {
    DeviceRecord device;
    const Bytes attributes =
        Join({AddressHeader(AF_INET, 32, 0x80, 0, 7), AttributeOf(2, kAddress4),
              AttributeOf(3, Text("label")), AttributeOf(8, U32(0x280)), AttributeOf(77, {})});
    CHECK(ReadAddress(MessageOf(20, 0, 1, 0, attributes), device) == kOk);
    CHECK(device.flags == 0x280);
    CHECK(device.device[0] == '\0');
    CHECK(ReadAddress(Address(1, 0, 7, kAddress4, 32), device) == kOk);
    CHECK(device.flags == 0x80);
  }

  TEST_CASE("an address of another family is passed over") {
    DeviceRecord device;
    CHECK(ReadAddress(MessageOf(20, 0, 1, 0, AddressHeader(35, 8, 0, 0, 7)), device) == kOk);
    CHECK(device.family == 0);
  }

  TEST_CASE("what is no address, or cannot be read as one, is malformed") {
    const Bytes header = AddressHeader(AF_INET6, 64, 0, 0, 7);
    for (const Bytes& datagram : {
             Link(1, 0, 7, "ipvs0", "dummy"),                            // a device
             MessageOf(20, 0, 1, 0, Bytes(std::span(header).first(4))),  // too short
             MessageOf(20, 0, 1, 0, header),                             // without an address
             MessageOf(20, 0, 1, 0, Join({header, AttributeOf(1, kAddress4)})),
             MessageOf(20, 0, 1, 0, Join({header, AttributeOf(1, kAddress6), U16(200), U16(4)})),
         }) {
      DeviceRecord device;
      CHECK(ReadAddress(datagram, device).source == Source::kMalformed);
    }
  }
}
