#include "route/route_transport.h"

#include <doctest/doctest.h>
#include <linux/netlink.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "execution.h"
#include "ipvs/commands.h"
#include "print.h"
#include "route/commands.h"
#include "rtnetlink.h"
#include "scripted_channel.h"
#include "wire.h"

namespace {

using ipvs::DeviceRecord;
using ipvs::RequestRecord;
using ipvs::RouteTransport;
using ipvs::Source;
using ipvs::Status;
using ipvs::Table;
using ipvs::TableKind;
using namespace execution;
using namespace wire;
using namespace rtnetlink;

const Status kSilent = Status::Failure(Source::kDeadline, ETIMEDOUT);

constexpr std::uint32_t kPort = 4711;

// A transport whose kernel plays a script. Messages are numbered from 1 on each channel.
struct Machine {
  Statuses Execute(const std::vector<RequestRecord>& records) {
    return ExecuteAll(transport, records);
  }

  Status Read(TableKind kind, std::string_view name = {}) {
    table = Table();
    RequestRecord request{};
    request.device = Named(name);
    return transport.Read(kind, request, table);
  }

  // `address/length device` of each address in the table.
  std::vector<std::string> Addresses() {
    std::vector<std::string> all;
    for (const Table::Chunk& chunk : table.chunks()) {
      std::size_t start = 0;
      for (std::size_t index = 0; index < chunk.count; ++index) {
        const std::size_t end = chunk.text.find('\n', start);
        DeviceRecord record;
        std::memcpy(&record, chunk.records.data() + index * sizeof record, sizeof record);
        all.push_back(chunk.text.substr(start, end - start) + '/' +
                      std::to_string(record.prefix_length) + ' ' + record.device);
        start = end + 1;
      }
    }
    return all;
  }

  // The types of the messages in each datagram that was sent.
  std::vector<std::vector<unsigned>> Sent() const {
    std::vector<std::vector<unsigned>> types;
    for (std::span<const std::byte> rest : script->sent) {
      auto& datagram = types.emplace_back();
      while (rest.size() >= 16) {
        nlmsghdr header;
        std::memcpy(&header, rest.data(), sizeof header);
        datagram.push_back(header.nlmsg_type);
        rest = rest.subspan(std::min<std::size_t>((header.nlmsg_len + 3) / 4 * 4, rest.size()));
      }
    }
    return types;
  }

  std::shared_ptr<Script> script = std::make_shared<Script>();
  int opened = 0;
  int open_error = 0;
  Table table;
  RouteTransport transport{[this](Status* failure) -> std::unique_ptr<ipvs::netlink::Channel> {
                             ++opened;
                             if (open_error != 0) {
                               *failure = Status::Failure(Source::kSocket, open_error);
                               return nullptr;
                             }
                             return std::make_unique<ScriptedChannel>(script);
                           },
                           std::chrono::milliseconds(100)};
};

RequestRecord Request(std::uint32_t command, const DeviceRecord& device) {
  RequestRecord request{};
  request.command = command;
  request.device = device;
  return request;
}

RequestRecord Create(std::string_view name) {
  return Request(ipvs::kCreateDevice, Named(name, "dummy"));
}

RequestRecord Remove(std::uint32_t index) {
  return Request(ipvs::kRemoveDevice, Bound(index, Raw({0, 0, 0, 0}), 0));
}

RequestRecord Bind(std::string_view name, unsigned last,
                   std::uint32_t command = ipvs::kAddAddress) {
  DeviceRecord device = Bound(0, Raw({10, 9, 0, last}), 32);
  name.copy(device.device, sizeof device.device - 1);
  return Request(command, device);
}

RequestRecord Unbind(std::string_view name, unsigned last) {
  return Bind(name, last, ipvs::kRemoveAddress);
}

Bytes Four(unsigned last) { return Raw({10, 9, 0, last}); }
Bytes Six(unsigned last) { return Join({Raw({0xfd, 9}), Repeat(13, 0), Raw({last})}); }

// What stands in the answers of a dump, but for the last.
constexpr std::uint16_t kMulti = NLM_F_MULTI;
constexpr std::uint16_t kInterrupted = NLM_F_MULTI | NLM_F_DUMP_INTR;

// The index of an address message.
std::uint32_t IndexOf(const Bytes& datagram, std::size_t start = 0) {
  std::uint32_t index;
  std::memcpy(&index, datagram.data() + start + 20, sizeof index);
  return index;
}

constexpr unsigned kNewLink = 16;
constexpr unsigned kDeleteLink = 17;
constexpr unsigned kGetLink = 18;
constexpr unsigned kNewAddress = 20;
constexpr unsigned kDeleteAddress = 21;
constexpr unsigned kGetAddress = 22;
using Types = std::vector<std::vector<unsigned>>;

}  // namespace

TEST_SUITE("route transport: requests") {
  TEST_CASE("devices are made and removed without a look at them") {
    Machine machine;
    machine.script->Bring({Verdict(1, kPort, EEXIST), Ack(3, kPort)});
    CHECK(machine.Execute({Create("ipvs0"), Create("ipvs1"), Remove(7)}) ==
          Statuses{Refused(EEXIST), kOk, kOk});
    CHECK(machine.Sent() == Types{{kNewLink, kNewLink, kDeleteLink}});
    CHECK(machine.opened == 1);
  }

  TEST_CASE("a device is looked for once for all its addresses of one run") {
    Machine machine;
    machine.script->Bring({Link(1, kPort, 7, "ipvs0", "dummy"), Ack(1, kPort)});
    machine.script->Bring({Verdict(3, kPort, EEXIST), Ack(4, kPort)});
    CHECK(machine.Execute({Bind("ipvs0", 1), Bind("ipvs0", 2), Unbind("ipvs0", 3)}) ==
          Statuses{kOk, Refused(EEXIST), kOk});
    CHECK(machine.Sent() == Types{{kGetLink}, {kNewAddress, kNewAddress, kDeleteAddress}});
    for (std::size_t start = 0; start < machine.script->sent[1].size(); start += 40) {
      CHECK(IndexOf(machine.script->sent[1], start) == 7);
    }

    // Another run looks again: the name may be another device's by then.
    machine.script->Bring({Link(5, kPort, 8, "ipvs0", "dummy"), Ack(5, kPort)});
    machine.script->Bring({Ack(6, kPort)});
    CHECK(machine.Execute({Bind("ipvs0", 4)}) == Statuses{kOk});
    CHECK(IndexOf(machine.script->sent[3]) == 8);
  }

  TEST_CASE("each device is looked for by itself, and what came before is sent first") {
    Machine machine;
    machine.script->Bring({Link(1, kPort, 7, "ipvs0"), Ack(1, kPort)});
    machine.script->Bring({Ack(2, kPort)});
    machine.script->Bring({Link(3, kPort, 8, "ipvs1"), Ack(3, kPort)});
    machine.script->Bring({Ack(5, kPort)});
    CHECK(machine.Execute({Bind("ipvs0", 1), Bind("ipvs1", 1), Bind("ipvs0", 2)}) ==
          Statuses{kOk, kOk, kOk});
    CHECK(machine.Sent() ==
          Types{{kGetLink}, {kNewAddress}, {kGetLink}, {kNewAddress, kNewAddress}});
    CHECK(IndexOf(machine.script->sent[3]) == 8);
    CHECK(IndexOf(machine.script->sent[3], 40) == 7);
  }

  TEST_CASE("addresses of a device that is not there are refused, and nothing is sent for them") {
    Machine machine;
    machine.script->Bring({VerdictWithText(1, kPort, ENODEV, "no such thing")});
    const Status gone = Status::Failure(Source::kKernel, ENODEV, "no such thing");
    CHECK(machine.Execute({Bind("ipvs0", 1), Unbind("ipvs0", 2)}) == Statuses{gone, gone});
    CHECK(machine.Sent() == Types{{kGetLink}});
  }

  TEST_CASE("after a device was made or removed its name is looked for again") {
    Machine machine;
    machine.script->Bring({Verdict(1, kPort, ENODEV)});
    machine.script->Bring({Ack(2, kPort)});
    machine.script->Bring({Link(3, kPort, 9, "ipvs0", "dummy"), Ack(3, kPort)});
    machine.script->Bring({Ack(5, kPort)});
    machine.script->Bring({Verdict(6, kPort, ENODEV)});
    CHECK(machine.Execute(
              {Bind("ipvs0", 1), Create("ipvs0"), Bind("ipvs0", 1), Remove(9), Bind("ipvs0", 1)}) ==
          Statuses{Refused(ENODEV), kOk, kOk, kOk, Refused(ENODEV)});
    CHECK(machine.Sent() ==
          Types{{kGetLink}, {kNewLink}, {kGetLink}, {kNewAddress, kDeleteLink}, {kGetLink}});
  }

  TEST_CASE("many addresses go out 256 at a time") {
    Machine machine;
    machine.script->Bring({Link(1, kPort, 7, "ipvs0"), Ack(1, kPort)});
    machine.script->Bring({Ack(257, kPort)});
    machine.script->Bring({Verdict(258, kPort, EEXIST), Ack(301, kPort)});
    Statuses expected(300, kOk);
    expected[256] = Refused(EEXIST);
    CHECK(machine.Execute(std::vector<RequestRecord>(300, Bind("ipvs0", 1))) == expected);
    const auto sent = machine.Sent();
    REQUIRE(sent.size() == 3);
    CHECK(sent[1].size() == 256);
    CHECK(sent[2].size() == 44);
  }

  TEST_CASE("a command of another transport is refused, and its neighbours are not") {
    Machine machine;
    machine.script->Bring({Ack(1, kPort)});
    CHECK(machine.Execute({Request(ipvs::kFlush, {}), Create("ipvs0")}) ==
          Statuses{Refused(EOPNOTSUPP), kOk});
  }

  TEST_CASE("without requests nothing is opened") {
    Machine machine;
    CHECK(machine.Execute({}).empty());
    CHECK(machine.opened == 0);
  }

  TEST_CASE("a channel that cannot be opened fails every request") {
    Machine machine;
    machine.open_error = EMFILE;
    const Status failure = Status::Failure(Source::kSocket, EMFILE);
    CHECK(machine.Execute({Create("ipvs0"), Bind("ipvs0", 1), Bind("ipvs0", 2)}) ==
          Statuses{failure, failure, failure});
    CHECK(machine.Read(TableKind::kDevice, "ipvs0") == failure);
    CHECK(machine.Read(TableKind::kAddresses) == failure);
    machine.open_error = 0;
    machine.script->Bring({Ack(1, kPort)});
    CHECK(machine.Execute({Create("ipvs0")}) == Statuses{kOk});
  }

  TEST_CASE("after silence the next request goes over a new channel") {
    Machine machine;
    CHECK(machine.Execute({Create("ipvs0")}) == Statuses{kSilent});
    machine.script->Bring({Ack(1, kPort)});
    CHECK(machine.Execute({Create("ipvs0")}) == Statuses{kOk});
    CHECK(machine.opened == 2);
  }

  TEST_CASE("an acknowledgement in place of a device is malformed") {
    Machine machine;
    machine.script->Bring({Ack(1, kPort)});
    CHECK(machine.Execute({Bind("ipvs0", 1)}).front().source == Source::kMalformed);
    CHECK(machine.Sent() == Types{{kGetLink}});
  }
}

TEST_SUITE("route transport: tables") {
  TEST_CASE("a device is one record") {
    Machine machine;
    machine.script->Bring({Link(1, kPort, 7, "ipvs0", "dummy", 0x82), Ack(1, kPort)});
    CHECK(machine.Read(TableKind::kDevice, "ipvs0") == kOk);
    REQUIRE(machine.table.chunks().size() == 1);
    DeviceRecord device;
    REQUIRE(machine.table.chunks().front().records.size() == sizeof device);
    std::memcpy(&device, machine.table.chunks().front().records.data(), sizeof device);
    CHECK(device.index == 7);
    CHECK(std::string_view(device.kind) == "dummy");
  }

  TEST_CASE("a device that is not there is an empty table, and any other refusal one") {
    Machine machine;
    machine.script->Bring({Verdict(1, kPort, ENODEV)});
    CHECK(machine.Read(TableKind::kDevice, "ipvs0") == kOk);
    CHECK(machine.table.chunks().empty());
    machine.script->Bring({Verdict(2, kPort, EPERM)});
    CHECK(machine.Read(TableKind::kDevice, "ipvs0") == Refused(EPERM));
    CHECK(machine.table.chunks().empty());
  }

  TEST_CASE("all devices are listed by name, whatever their kind") {
    Machine machine;
    machine.script->Bring({Link(1, kPort, 7, "ipvs0", "dummy", 0, kMulti),
                           Link(1, kPort, 8, "eth0", {}, 0, kMulti), Done(1, kPort)});
    CHECK(machine.Read(TableKind::kDevices) == kOk);
    CHECK(machine.Addresses() == std::vector<std::string>{"/0 eth0", "/0 ipvs0"});
    CHECK(machine.Sent() == Types{{kGetLink}});
  }

  TEST_CASE("all addresses are listed in order under the names of their devices") {
    Machine machine;
    machine.script->Bring({Address(1, kPort, 8, Four(10), 32, 0, kMulti),
                           Address(1, kPort, 7, Six(1), 128, 0, kMulti),
                           Address(1, kPort, 7, Four(9), 32, 0, kMulti)});
    machine.script->Bring({MessageOf(20, kMulti, 1, kPort, AddressHeader(35, 8, 0, 0, 7)),
                           Address(1, kPort, 7, Four(9), 24, 0, kMulti),
                           Address(1, kPort, 5, Four(1), 32, 0, kMulti), Done(1, kPort)});
    machine.script->Bring({Link(2, kPort, 7, "ipvs1", "dummy", 0, kMulti),
                           Link(2, kPort, 8, "eth0", {}, 0, kMulti), Done(2, kPort)});
    CHECK(machine.Read(TableKind::kAddresses) == kOk);
    // The device of index 5 went between the two dumps.
    CHECK(machine.Addresses() == std::vector<std::string>{"10.9.0.10/32 eth0", "10.9.0.9/24 ipvs1",
                                                          "10.9.0.9/32 ipvs1",
                                                          "fd09::1/128 ipvs1"});
    CHECK(machine.Sent() == Types{{kGetAddress}, {kGetLink}});
  }

  TEST_CASE("the addresses of one device are picked out of all") {
    Machine machine;
    machine.script->Bring({Link(1, kPort, 7, "ipvs0", "dummy"), Ack(1, kPort)});
    machine.script->Bring({Address(2, kPort, 8, Four(1), 32, 0, kMulti),
                           Address(2, kPort, 7, Four(2), 32, 0, kMulti),
                           Address(2, kPort, 7, Six(3), 128, 0, kMulti), Done(2, kPort)});
    CHECK(machine.Read(TableKind::kAddresses, "othername") == kOk);
    CHECK(machine.Addresses() ==
          std::vector<std::string>{"10.9.0.2/32 ipvs0", "fd09::3/128 ipvs0"});
    CHECK(machine.Sent() == Types{{kGetLink}, {kGetAddress}});
  }

  TEST_CASE("no addresses are an empty table, and those of no device are refused") {
    Machine machine;
    machine.script->Bring({Done(1, kPort)});
    machine.script->Bring({Link(2, kPort, 1, "lo", {}, 0, kMulti), Done(2, kPort)});
    CHECK(machine.Read(TableKind::kAddresses) == kOk);
    CHECK(machine.table.chunks().empty());
    machine.script->Bring({Verdict(3, kPort, ENODEV)});
    CHECK(machine.Read(TableKind::kAddresses, "ipvs0") == Refused(ENODEV));
    CHECK(machine.Sent().size() == 3);
  }

  TEST_CASE("addresses that changed under the dump are read again, and so are devices") {
    Machine machine;
    machine.script->Bring({Address(1, kPort, 7, Four(1), 32, 0, kMulti)});
    machine.script->Bring({Address(1, kPort, 7, Four(3), 32, 0, kInterrupted), Done(1, kPort)});
    machine.script->Bring({Address(2, kPort, 7, Four(2), 32, 0, kMulti), Done(2, kPort)});
    machine.script->Bring({Link(3, kPort, 7, "before", {}, 0, kInterrupted), Done(3, kPort)});
    machine.script->Bring({Link(4, kPort, 7, "after", {}, 0, kMulti), Done(4, kPort)});
    CHECK(machine.Read(TableKind::kAddresses) == kOk);
    CHECK(machine.Addresses() == std::vector<std::string>{"10.9.0.2/32 after"});
    CHECK(machine.opened == 1);
  }

  TEST_CASE("addresses that change under each of ten dumps are given up") {
    Machine machine;
    for (std::uint32_t attempt = 1; attempt <= 11; ++attempt) {
      machine.script->Bring(
          {Address(attempt, kPort, 7, Four(1), 32, 0, kInterrupted), Done(attempt, kPort)});
    }
    CHECK(machine.Read(TableKind::kAddresses) == Status::Failure(Source::kInterrupted, EINTR));
    CHECK(machine.script->sent.size() == 10);
    CHECK(machine.table.chunks().empty());
  }

  TEST_CASE("a refusal that comes at the end of a dump is one") {
    Machine machine;
    machine.script->Bring({Done(1, kPort, EINVAL)});
    CHECK(machine.Read(TableKind::kAddresses) == Refused(EINVAL));
    machine.script->Bring({Done(2, kPort)});
    machine.script->Bring({Done(3, kPort, ENOMEM)});
    CHECK(machine.Read(TableKind::kAddresses) == Refused(ENOMEM));
    machine.script->Bring({Verdict(4, kPort, EPERM)});
    CHECK(machine.Read(TableKind::kAddresses) == Refused(EPERM));
    CHECK(machine.opened == 1);
    CHECK(machine.table.chunks().empty());
  }

  TEST_CASE("an entry that cannot be read fails the dump, and the next goes over a new channel") {
    Machine machine;
    machine.script->Bring({MessageOf(20, kMulti, 1, kPort, AddressHeader(2, 32, 0, 0, 7))});
    CHECK(machine.Read(TableKind::kAddresses).source == Source::kMalformed);
    machine.script->Bring({Done(1, kPort)});
    machine.script->Bring({Link(2, kPort, 7, "", {}, 0, kMulti)});
    CHECK(machine.Read(TableKind::kAddresses).source == Source::kMalformed);
    CHECK(machine.opened == 2);
    CHECK(machine.table.chunks().empty());
  }

  TEST_CASE("a dump without an end is over at the deadline") {
    Machine machine;
    machine.script->Bring({Address(1, kPort, 7, Four(1), 32, 0, kMulti)});
    CHECK(machine.Read(TableKind::kAddresses) == kSilent);
    CHECK(machine.table.chunks().empty());
  }

  TEST_CASE("a table of another transport is not supported") {
    Machine machine;
    for (const TableKind kind : {TableKind::kInfo, TableKind::kServices, TableKind(200)}) {
      CHECK(machine.Read(kind) == Refused(EOPNOTSUPP));
      CHECK(!ipvs::IsRouteTable(kind));
    }
    CHECK(ipvs::IsRouteTable(TableKind::kDevice));
    CHECK(ipvs::IsRouteTable(TableKind::kAddresses));
    CHECK(machine.opened == 0);
  }
}
