#include "ipvs/sockopt_transport.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "execution.h"
#include "ipvs/commands.h"
#include "print.h"
#include "simulated_options.h"

namespace {

using ipvs::Command;
using ipvs::ObservedDestinationRecord;
using ipvs::ObservedServiceRecord;
using ipvs::RequestRecord;
using ipvs::SockoptTransport;
using ipvs::Source;
using ipvs::Status;
using ipvs::Table;
using ipvs::TableKind;
using namespace execution;
using Options = std::vector<int>;

const Status kAbsent = Status::Failure(Source::kFamily, ENOENT);

constexpr std::uint32_t kSettableFlags = 0x3d;

// A transport to a kernel of its own.
struct Machine {
  Statuses Execute(const std::vector<RequestRecord>& records) {
    return ExecuteAll(transport, records);
  }
  Status Execute(const RequestRecord& record) { return Execute(std::vector{record}).front(); }

  Status Read(TableKind kind, const RequestRecord& request = {}) {
    table = Table();
    return transport.Read(kind, request, table);
  }

  template <typename Record>
  std::vector<Record> Records() {
    std::vector<Record> all;
    for (const Table::Chunk& chunk : table.chunks()) {
      REQUIRE(chunk.records.size() == chunk.count * sizeof(Record));
      for (std::size_t index = 0; index < chunk.count; ++index) {
        std::memcpy(&all.emplace_back(), chunk.records.data() + index * sizeof(Record),
                    sizeof(Record));
      }
    }
    return all;
  }

  std::vector<unsigned> Marks() {
    std::vector<unsigned> marks;
    for (const auto& each : Records<ObservedServiceRecord>()) marks.push_back(each.service.fwmark);
    return marks;
  }

  std::vector<unsigned> Ports() {
    std::vector<unsigned> ports;
    for (const auto& each : Records<ObservedDestinationRecord>()) {
      ports.push_back(each.destination.port);
    }
    return ports;
  }

  SimulatedOptions kernel;
  int open_error = 0;
  SockoptTransport transport{[this](Status* failure) -> std::unique_ptr<ipvs::OptionChannel> {
    if (open_error != 0) {
      ++kernel.opened;
      *failure = Status::Failure(Source::kSocket, open_error);
      return nullptr;
    }
    return std::make_unique<SimulatedOptionChannel>(kernel);
  }};
  Table table;
};

// A request about the TCP service of a port.
RequestRecord Web(Command command, std::uint16_t port = 80) {
  RequestRecord record{};
  record.command = command;
  record.flag_mask = kSettableFlags;
  record.service.family = AF_INET;
  record.service.protocol = IPPROTO_TCP;
  record.service.address = {192, 0, 2, 1};
  record.service.port = port;
  std::memcpy(record.service.scheduler, "rr", 2);
  record.service.netmask = 0xffffffff;
  return record;
}

RequestRecord Marked(Command command, std::uint32_t mark) {
  RequestRecord record = Web(command);
  record.service.marked = 1;
  record.service.fwmark = mark;
  return record;
}

// A request about a destination of that service.
RequestRecord Behind(RequestRecord record, std::uint16_t port) {
  record.destination.family = AF_INET;
  record.destination.address = {10, 1, 0, 5};
  record.destination.port = port;
  record.destination.weight = 1;
  return record;
}

RequestRecord Plain(Command command) {
  RequestRecord record{};
  record.command = command;
  return record;
}

ip_vs_service_entry MarkEntry(unsigned mark, std::uint16_t protocol = IPPROTO_TCP) {
  ip_vs_service_entry entry{};
  entry.protocol = protocol;
  entry.fwmark = mark;
  std::memcpy(entry.sched_name, "rr", 2);
  entry.flags = IP_VS_SVC_F_HASHED;
  return entry;
}

// Entries of destinations with these ports.
std::vector<ip_vs_dest_entry> WithPorts(std::initializer_list<std::uint16_t> ports) {
  std::vector<ip_vs_dest_entry> all;
  for (const std::uint16_t port : ports) {
    ip_vs_dest_entry entry{};
    entry.addr = htonl(0x0a010005);
    entry.port = htons(port);
    all.push_back(entry);
  }
  return all;
}

std::vector<unsigned> UpTo(unsigned last) {
  std::vector<unsigned> all;
  for (unsigned number = 1; number <= last; ++number) all.push_back(number);
  return all;
}

}  // namespace

TEST_SUITE("sockopt transport: commands") {
  TEST_CASE("every command is carried out by its option, each in one call where one will do") {
    Machine machine;
    auto timeouts = Plain(ipvs::kSetConfig);
    timeouts.timeouts = {10, 0, 30};
    const Statuses outcomes = machine.Execute({
        Web(ipvs::kNewService),
        Web(ipvs::kSetService),
        Behind(Web(ipvs::kNewDestination), 8080),
        Behind(Web(ipvs::kSetDestination), 8080),
        Behind(Web(ipvs::kDeleteDestination), 8080),
        Web(ipvs::kZero),
        Plain(ipvs::kZero),
        Web(ipvs::kDeleteService),
        timeouts,
        Plain(ipvs::kFlush),
    });
    CHECK(outcomes == Statuses(10, kOk));
    CHECK(machine.kernel.Options() ==
          Options{IP_VS_SO_SET_ADD, IP_VS_SO_GET_SERVICE, IP_VS_SO_SET_EDIT, IP_VS_SO_SET_ADDDEST,
                  IP_VS_SO_SET_EDITDEST, IP_VS_SO_SET_DELDEST, IP_VS_SO_SET_ZERO, IP_VS_SO_SET_ZERO,
                  IP_VS_SO_SET_DEL, IP_VS_SO_SET_TIMEOUT, IP_VS_SO_SET_FLUSH});
    CHECK(machine.kernel.opened == 1);
    CHECK(machine.kernel.timeouts.tcp_timeout == 10);
    CHECK(machine.kernel.timeouts.tcp_fin_timeout == 120);
    CHECK(machine.kernel.timeouts.udp_timeout == 30);
  }

  TEST_CASE("zero without a service is the option with nothing in it") {
    Machine machine;
    CHECK(machine.Execute(Plain(ipvs::kZero)) == kOk);
    CHECK(machine.kernel.calls.front().value == std::vector<std::byte>(44));
  }

  TEST_CASE("a failed request does not touch its neighbours") {
    Machine machine;
    CHECK(
        machine.Execute({Web(ipvs::kNewService), Web(ipvs::kNewService),
                         Web(ipvs::kDeleteService, 81), Behind(Web(ipvs::kNewDestination), 1),
                         Behind(Web(ipvs::kNewDestination), 1),
                         Behind(Web(ipvs::kSetDestination), 2), Web(ipvs::kDeleteService)}) ==
        Statuses{kOk, Refused(EEXIST), Refused(ESRCH), kOk, Refused(EEXIST), Refused(ENOENT), kOk});
  }

  TEST_CASE("what the kernel refuses keeps its errno") {
    for (const int error : {EPERM, EINVAL, ENOENT, ERANGE, ENOMEM, EFAULT, EINTR}) {
      CAPTURE(error);
      Machine machine;
      machine.kernel.refuse = [error](int) { return error; };
      CHECK(machine.Execute(Web(ipvs::kNewService)) == Refused(error));
      CHECK(machine.Execute(Plain(ipvs::kFlush)) == Refused(error));
      CHECK(machine.Read(TableKind::kInfo) == Refused(error));
      CHECK(machine.Read(TableKind::kServices) == Refused(error));
    }
  }

  TEST_CASE("without the module there is no IPVS, and with it the same socket goes on") {
    Machine machine;
    machine.kernel.loaded = false;
    CHECK(machine.Execute(Web(ipvs::kNewService)) == kAbsent);
    CHECK(machine.Execute(Web(ipvs::kSetService)) == kAbsent);
    // Those behind are not of IPVS.
    for (std::uint32_t number = 0; number <= static_cast<std::uint32_t>(TableKind::kDaemons);
         ++number) {
      const auto kind = static_cast<TableKind>(number);
      CHECK(machine.Read(kind, Web(ipvs::kGetService)) == kAbsent);
    }
    machine.kernel.loaded = true;
    CHECK(machine.Execute(Web(ipvs::kNewService)) == kOk);
    CHECK(machine.kernel.opened == 1);
  }

  TEST_CASE("a handle that is being closed asks nothing more") {
    Machine machine;
    machine.kernel.refuse = [&](int) { return machine.kernel.calls.size() > 1 ? ECANCELED : 0; };
    const Status closed = Status::Failure(Source::kClosed, ECANCELED);
    CHECK(machine.Execute({Web(ipvs::kNewService), Web(ipvs::kNewService, 81)}) ==
          Statuses{kOk, closed});
    CHECK(machine.Read(TableKind::kInfo) == closed);
  }

  TEST_CASE("without a socket every request says why, and the next one tries again") {
    Machine machine;
    machine.open_error = EMFILE;
    const Status failed = Status::Failure(Source::kSocket, EMFILE);
    CHECK(machine.Execute({Web(ipvs::kNewService), Plain(ipvs::kFlush)}) ==
          Statuses{failed, failed});
    CHECK(machine.Read(TableKind::kServices) == failed);
    CHECK(machine.kernel.opened == 3);
    machine.open_error = 0;
    CHECK(machine.Execute(Web(ipvs::kNewService)) == kOk);
  }

  TEST_CASE("a command that the kernel does not have is none") {
    Machine machine;
    RequestRecord record = Web(ipvs::kNewService);
    for (const std::uint32_t number : {0u, 4u, 200u}) {
      record.command = number;
      CHECK(machine.Execute(record) == Refused(EOPNOTSUPP));
    }
    CHECK(machine.kernel.calls.empty());
  }
}

TEST_SUITE("sockopt transport: flags") {
  TEST_CASE("a new service has the flags of the mask and no others") {
    Machine machine;
    RequestRecord record = Web(ipvs::kNewService);
    record.service.flags = 0xc3;
    CHECK(machine.Execute(record) == kOk);
    const auto& value = machine.kernel.calls.front().value;
    ip_vs_service_user sent{};
    std::memcpy(&sent, value.data(), sizeof sent);
    CHECK(sent.flags == 0x1);
  }

  TEST_CASE("flags outside the mask survive a change; the kernel's own is not handed back") {
    Machine machine;
    machine.kernel.services.push_back({MarkEntry(7), {}, 0});
    machine.kernel.services.front().entry.flags = 0x80000042 | 0x4;
    RequestRecord record = Marked(ipvs::kSetService, 7);
    record.service.flags = 0x9;
    CHECK(machine.Execute(record) == kOk);
    ip_vs_service_user sent{};
    std::memcpy(&sent, machine.kernel.calls.back().value.data(), sizeof sent);
    CHECK(sent.flags == (0x80000040 | 0x9));
  }

  TEST_CASE("a change of a service that is not there sends nothing") {
    Machine machine;
    CHECK(machine.Execute(Web(ipvs::kSetService)) == Refused(ESRCH));
    CHECK(machine.kernel.Options() == Options{IP_VS_SO_GET_SERVICE});
  }
}

TEST_SUITE("sockopt transport: marks") {
  TEST_CASE("a mark's service is found under whatever protocol it was made") {
    for (const std::uint16_t protocol : {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP}) {
      CAPTURE(protocol);
      Machine machine;
      machine.kernel.services.push_back({MarkEntry(7, protocol), {}, 0});
      CHECK(machine.Execute({Marked(ipvs::kNewService, 7), Marked(ipvs::kSetService, 7),
                             Behind(Marked(ipvs::kNewDestination, 7), 1),
                             Behind(Marked(ipvs::kSetDestination, 7), 1),
                             Behind(Marked(ipvs::kDeleteDestination, 7), 1), Marked(ipvs::kZero, 7),
                             Marked(ipvs::kDeleteService, 7), Marked(ipvs::kDeleteService, 7)}) ==
            Statuses{Refused(EEXIST), kOk, kOk, kOk, kOk, kOk, kOk, Refused(ESRCH)});
      CHECK(machine.kernel.services.empty());
    }
  }

  TEST_CASE("a mark's service that goes meanwhile is not there") {
    Machine machine;
    machine.kernel.services.push_back({MarkEntry(7, IPPROTO_UDP), {}, 0});
    machine.kernel.before = [&](int option) {
      if (option == IP_VS_SO_GET_SERVICE) machine.kernel.services.clear();
    };
    CHECK(machine.Execute(Marked(ipvs::kZero, 7)) == Refused(ESRCH));
    CHECK(machine.kernel.Options() == Options{IP_VS_SO_SET_ZERO, IP_VS_SO_GET_SERVICE});
  }
}

TEST_SUITE("sockopt transport: limits") {
  const auto refuses = [](const RequestRecord& record, const char* what) {
    Machine machine;
    machine.kernel.services.push_back({MarkEntry(1), {}, 0});
    CHECK(machine.Execute(record) == Status::Failure(Source::kUnsupported, EOPNOTSUPP, what));
    CHECK(machine.kernel.calls.empty());
  };

  TEST_CASE("what the options do not know is refused before anything is asked") {
    for (const Command command :
         {ipvs::kNewService, ipvs::kSetService, ipvs::kDeleteService, ipvs::kNewDestination,
          ipvs::kSetDestination, ipvs::kDeleteDestination, ipvs::kZero}) {
      CAPTURE(static_cast<int>(command));
      RequestRecord record = Behind(Web(command), 80);
      record.service.family = AF_INET6;
      refuses(record, "IPv6");
      record = Behind(Web(command), 80);
      record.service.protocol = 47;
      refuses(record, "a protocol other than TCP, UDP and SCTP");
    }
    for (const Command command : {ipvs::kNewService, ipvs::kSetService}) {
      RequestRecord record = Web(command);
      record.service.protocol = IPPROTO_UDP;
      std::memcpy(record.service.engine, "sip", 3);
      refuses(record, "a persistence engine");
    }
    for (const Command command :
         {ipvs::kNewDestination, ipvs::kSetDestination, ipvs::kDeleteDestination}) {
      RequestRecord record = Behind(Web(command), 80);
      record.destination.family = AF_INET6;
      refuses(record, "IPv6");
    }
    for (const Command command : {ipvs::kNewDestination, ipvs::kSetDestination}) {
      for (int part = 0; part < 3; ++part) {
        RequestRecord record = Behind(Web(command), 80);
        record.destination.forward = 2;
        if (part == 0) record.destination.tunnel_type = 2;
        if (part == 1) record.destination.tunnel_port = 6080;
        if (part == 2) record.destination.tunnel_flags = 1;
        refuses(record, "a tunnel other than IPIP");
      }
    }
    RequestRecord everything = Web(ipvs::kZero, 0);
    everything.service.address = {};
    refuses(everything, "zeroing a service of address 0.0.0.0 and port 0");
  }

  TEST_CASE("a family that is none gets the kernel's answer to netlink") {
    Machine machine;
    RequestRecord record = Web(ipvs::kDeleteService);
    record.service.family = 99;
    CHECK(machine.Execute(record) == Refused(EAFNOSUPPORT));
    CHECK(machine.Read(TableKind::kService, record) == Refused(EAFNOSUPPORT));
    CHECK(machine.kernel.calls.empty());
  }

  TEST_CASE("what is only named may have had a tunnel or an engine") {
    Machine machine;
    RequestRecord record = Behind(Web(ipvs::kNewDestination), 80);
    REQUIRE(machine.Execute({Web(ipvs::kNewService), record}) == Statuses{kOk, kOk});
    record.command = ipvs::kDeleteDestination;
    record.destination.tunnel_type = 1;
    CHECK(machine.Execute(record) == kOk);
    record.command = ipvs::kDeleteService;
    record.service.engine[0] = 's';
    CHECK(machine.Execute(record) == kOk);
  }

  TEST_CASE("a service of IPv6 cannot be read, one of any protocol can") {
    Machine machine;
    RequestRecord record = Web(ipvs::kGetService);
    record.service.protocol = 47;
    machine.kernel.services.push_back({});
    auto& entry = machine.kernel.services.front().entry;
    entry.protocol = 47;
    entry.addr = htonl(0xc0000201);
    entry.port = htons(80);
    CHECK(machine.Read(TableKind::kService, record) == kOk);
    CHECK(machine.Records<ObservedServiceRecord>().front().service.protocol == 47);
    CHECK(machine.Read(TableKind::kDestinations, record) == kOk);

    record.service.family = AF_INET6;
    const Status unsupported = Status::Failure(Source::kUnsupported, EOPNOTSUPP, "IPv6");
    CHECK(machine.Read(TableKind::kService, record) == unsupported);
    CHECK(machine.Read(TableKind::kDestinations, record) == unsupported);
  }
}

TEST_SUITE("sockopt transport: tables") {
  TEST_CASE("information says over which way it came") {
    Machine machine;
    machine.kernel.table_size = 256;
    CHECK(machine.Read(TableKind::kInfo) == kOk);
    const auto info = machine.Records<ipvs::InfoRecord>().front();
    CHECK(info.version == 0x010201);
    CHECK(info.connection_table_size == 256);
    CHECK(info.transport == static_cast<std::uint32_t>(ipvs::TransportKind::kSockopt));
  }

  TEST_CASE("timeouts are read") {
    Machine machine;
    machine.kernel.timeouts = {1, 2, 3};
    CHECK(machine.Read(TableKind::kTimeouts) == kOk);
    const auto timeouts = machine.Records<ipvs::TimeoutsRecord>().front();
    CHECK(timeouts.tcp == 1);
    CHECK(timeouts.tcp_fin == 2);
    CHECK(timeouts.udp == 3);
  }

  TEST_CASE("one service is read, or is not there") {
    Machine machine;
    CHECK(machine.Read(TableKind::kService, Web(ipvs::kGetService)) == Refused(ESRCH));
    REQUIRE(machine.Execute(Web(ipvs::kNewService)) == kOk);
    CHECK(machine.Read(TableKind::kService, Web(ipvs::kGetService)) == kOk);
    REQUIRE(machine.table.chunks().size() == 1);
    CHECK(machine.table.chunks().front().text == "192.0.2.1\nrr\n");
  }

  TEST_CASE("nothing is an empty list, of a count and a list") {
    Machine machine;
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(machine.table.chunks().empty());
    CHECK(machine.kernel.Options() == Options{IP_VS_SO_GET_INFO, IP_VS_SO_GET_SERVICES});
  }

  TEST_CASE("many services are listed in one go") {
    Machine machine;
    for (const unsigned mark : UpTo(5'000))
      machine.kernel.services.push_back({MarkEntry(mark), {}, 0});
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(machine.Marks() == UpTo(5'000));
    CHECK(machine.kernel.calls.size() == 2);
  }

  TEST_CASE("services that come or go between count and list are read again") {
    Machine machine;
    for (const unsigned mark : UpTo(10))
      machine.kernel.services.push_back({MarkEntry(mark), {}, 0});
    int lists = 0;
    machine.kernel.before = [&](int option) {
      if (option != IP_VS_SO_GET_SERVICES) return;
      ++lists;
      if (lists == 1) machine.kernel.services.push_back({MarkEntry(11), {}, 0});
      if (lists == 2) machine.kernel.services.erase(machine.kernel.services.begin());
    };
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(lists == 3);
    std::vector<unsigned> expected = UpTo(11);
    expected.erase(expected.begin());
    CHECK(machine.Marks() == expected);
  }

  TEST_CASE("more services than there was room for are found by the next reading") {
    Machine machine;
    machine.kernel.services.push_back({MarkEntry(1), {}, 0});
    bool once = true;
    machine.kernel.before = [&](int option) {
      if (option != IP_VS_SO_GET_SERVICES || !std::exchange(once, false)) return;
      for (unsigned mark = 2; mark <= 1'000; ++mark) {
        machine.kernel.services.push_back({MarkEntry(mark), {}, 0});
      }
    };
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(machine.Marks() == UpTo(1'000));
  }

  TEST_CASE(
      "while the table never rests, everything that was seen is listed, once and as last seen") {
    Machine machine;
    for (const unsigned mark : UpTo(3)) machine.kernel.services.push_back({MarkEntry(mark), {}, 0});
    unsigned next = 4;
    machine.kernel.before = [&](int option) {
      if (option != IP_VS_SO_GET_SERVICES) return;
      for (auto& service : machine.kernel.services) service.entry.timeout = next;
      machine.kernel.services.push_back({MarkEntry(next++), {}, 0});
    };
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(machine.kernel.calls.size() == 10);
    CHECK(machine.Marks() == UpTo(8));
    CHECK(machine.Records<ObservedServiceRecord>().front().service.timeout == 8);
  }

  TEST_CASE("a failure in the middle is the outcome") {
    Machine machine;
    machine.kernel.services.push_back({MarkEntry(1), WithPorts({1}), 0});
    machine.kernel.refuse = [](int option) {
      return option == IP_VS_SO_GET_SERVICES || option == IP_VS_SO_GET_DESTS ? ENOMEM : 0;
    };
    CHECK(machine.Read(TableKind::kServices) == Refused(ENOMEM));
    CHECK(machine.Read(TableKind::kDestinations, Marked(ipvs::kGetService, 1)) == Refused(ENOMEM));
    CHECK(machine.table.chunks().empty());
  }
}

TEST_SUITE("sockopt transport: destinations") {
  TEST_CASE("those of a service are listed, of one without any none, of none ESRCH") {
    Machine machine;
    const RequestRecord request = Marked(ipvs::kGetService, 1);
    CHECK(machine.Read(TableKind::kDestinations, request) == Refused(ESRCH));
    machine.kernel.services.push_back({MarkEntry(1), {}, 0});
    CHECK(machine.Read(TableKind::kDestinations, request) == kOk);
    CHECK(machine.table.chunks().empty());
    machine.kernel.services.front().destinations = WithPorts({3, 1, 2});
    machine.kernel.calls.clear();
    CHECK(machine.Read(TableKind::kDestinations, request) == kOk);
    CHECK(machine.Ports() == UpTo(3));
    CHECK(machine.kernel.Options() == Options{IP_VS_SO_GET_SERVICE, IP_VS_SO_GET_DESTS});
  }

  TEST_CASE("those of a service with an address are found by it") {
    Machine machine;
    REQUIRE(machine.Execute({Web(ipvs::kNewService), Behind(Web(ipvs::kNewDestination), 9)}) ==
            Statuses{kOk, kOk});
    CHECK(machine.Read(TableKind::kDestinations, Web(ipvs::kGetService)) == kOk);
    CHECK(machine.Ports() == std::vector<unsigned>{9});
    CHECK(machine.Records<ObservedDestinationRecord>().front().destination.forward == 0);
  }

  TEST_CASE("those of the other family are counted but not listed, which is not a change") {
    Machine machine;
    machine.kernel.services.push_back({MarkEntry(1), WithPorts({1, 2}), 3});
    CHECK(machine.Read(TableKind::kDestinations, Marked(ipvs::kGetService, 1)) == kOk);
    CHECK(machine.Ports() == UpTo(2));
    CHECK(machine.kernel.Options() ==
          Options{IP_VS_SO_GET_SERVICE, IP_VS_SO_GET_DESTS, IP_VS_SO_GET_SERVICE});
  }

  TEST_CASE("a list with a hidden one is read again when it changes") {
    Machine machine;
    machine.kernel.services.push_back({MarkEntry(1), WithPorts({1, 2, 3}), 1});
    int lists = 0;
    machine.kernel.before = [&](int option) {
      if (option != IP_VS_SO_GET_DESTS) return;
      if (++lists == 1) machine.kernel.services.front().destinations = WithPorts({1, 2});
    };
    CHECK(machine.Read(TableKind::kDestinations, Marked(ipvs::kGetService, 1)) == kOk);
    CHECK(lists == 2);
    CHECK(machine.Ports() == UpTo(2));
  }

  TEST_CASE("more than there was room for are found by the next reading") {
    Machine machine;
    machine.kernel.services.push_back({MarkEntry(1), WithPorts({1}), 0});
    machine.kernel.before = [&](int option) {
      auto& all = machine.kernel.services.front().destinations;
      if (option != IP_VS_SO_GET_DESTS || all.size() > 1) return;
      for (std::uint16_t port = 2; port <= 500; ++port) {
        all.push_back(WithPorts({port}).front());
      }
    };
    CHECK(machine.Read(TableKind::kDestinations, Marked(ipvs::kGetService, 1)) == kOk);
    CHECK(machine.Ports() == UpTo(500));
  }

  TEST_CASE("while they never rest, everything that was seen is listed once") {
    Machine machine;
    machine.kernel.services.push_back({MarkEntry(1), WithPorts({1}), 50});
    std::uint16_t next = 2;
    machine.kernel.before = [&](int option) {
      if (option != IP_VS_SO_GET_DESTS) return;
      machine.kernel.services.front().destinations = WithPorts({1, next});
      machine.kernel.services.front().hidden = next++;
    };
    CHECK(machine.Read(TableKind::kDestinations, Marked(ipvs::kGetService, 1)) == kOk);
    CHECK(machine.Ports() == UpTo(6));
  }

  TEST_CASE("a service that goes while its destinations are read is not there") {
    for (const int moment : {IP_VS_SO_GET_DESTS, IP_VS_SO_GET_SERVICE}) {
      CAPTURE(moment);
      Machine machine;
      machine.kernel.services.push_back({MarkEntry(1), WithPorts({1}), 1});
      int finds = 0;
      machine.kernel.before = [&](int option) {
        finds += option == IP_VS_SO_GET_SERVICE ? 1 : 0;
        if (option == moment && (moment == IP_VS_SO_GET_DESTS || finds == 2)) {
          machine.kernel.services.clear();
        }
      };
      CHECK(machine.Read(TableKind::kDestinations, Marked(ipvs::kGetService, 1)) == Refused(ESRCH));
    }
  }
}
