#include "ipvs/netlink_transport.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "execution.h"
#include "ipvs/commands.h"
#include "print.h"
#include "simulated_kernel.h"
#include "wire.h"

namespace {

using ipvs::NetlinkTransport;
using ipvs::RequestRecord;
using ipvs::Source;
using ipvs::Status;
using ipvs::Table;
using ipvs::TableKind;
using namespace execution;
using namespace wire;
using Answer = SimulatedKernel::Answer;
using Request = SimulatedKernel::Request;

const Status kNoFamily = Status::Failure(Source::kFamily, ENOENT);

// A transport to a kernel of its own.
struct Machine {
  Statuses Execute(const std::vector<RequestRecord>& records) {
    return ExecuteAll(transport, records);
  }

  Status Read(TableKind kind, const RequestRecord& request = {}) {
    table = Table();
    return transport.Read(kind, request, table);
  }

  // The marks of the services in the requests the family got, in their order.
  std::vector<std::uint32_t> Marks() const {
    std::vector<std::uint32_t> marks;
    for (const Request& request : kernel.requests) marks.push_back(MarkOf(request));
    return marks;
  }

  // SERVICE { AF, FWMARK, ... }: the mark stands at a fixed place.
  static std::uint32_t MarkOf(const Request& request) {
    REQUIRE(request.attributes.size() >= 20);
    std::uint32_t mark = 0;
    std::memcpy(&mark, request.attributes.data() + 16, sizeof mark);
    return mark;
  }

  // The marks of the services in the table, in their order.
  std::vector<std::uint32_t> ServiceMarks() {
    std::vector<std::uint32_t> marks;
    for (const Table::Chunk& chunk : table.chunks()) {
      if (chunk.destinations) continue;
      for (std::size_t index = 0; index < chunk.count; ++index) {
        ipvs::ObservedServiceRecord record{};
        std::memcpy(&record, chunk.records.data() + index * sizeof record, sizeof record);
        marks.push_back(record.service.fwmark);
      }
    }
    return marks;
  }

  SimulatedKernel kernel;
  NetlinkTransport transport{[this](Status* failure) -> std::unique_ptr<ipvs::netlink::Channel> {
                               if (kernel.open_error != 0) {
                                 ++kernel.opened;
                                 *failure = Status::Failure(Source::kSocket, kernel.open_error);
                                 return nullptr;
                               }
                               return std::make_unique<SimulatedChannel>(kernel);
                             },
                             std::chrono::seconds(1)};
  Table table;
};

// A request that removes the service of a firewall mark; they are told apart by it.
RequestRecord Remove(std::uint32_t mark) {
  RequestRecord record{};
  record.command = ipvs::kDeleteService;
  record.service.family = AF_INET;
  record.service.marked = 1;
  record.service.fwmark = mark;
  return record;
}

std::vector<RequestRecord> RemoveAll(std::uint32_t count) {
  std::vector<RequestRecord> records;
  for (std::uint32_t mark = 1; mark <= count; ++mark) records.push_back(Remove(mark));
  return records;
}

std::vector<std::uint32_t> UpTo(std::uint32_t last) {
  std::vector<std::uint32_t> numbers(last);
  std::iota(numbers.begin(), numbers.end(), 1u);
  return numbers;
}

RequestRecord Command(ipvs::Command command) {
  RequestRecord record{};
  record.command = command;
  return record;
}

RequestRecord Daemon(ipvs::Command command, std::uint16_t role) {
  RequestRecord record = Command(command);
  record.daemon.role = role;
  std::memcpy(record.daemon.device, "eth0", 4);
  return record;
}

RequestRecord Stop(std::uint16_t role) { return Daemon(ipvs::kDeleteDaemon, role); }

// Does everything, and says nothing of a stop.
Answer SilentStop(const Request& request) {
  return {0, {}, false, 1, request.command == ipvs::kDeleteDaemon};
}

Bytes DaemonAnswer(std::uint32_t role) {
  return AttributeOf(3, Join({AttributeOf(1, U32(role)), AttributeOf(2, Text("eth0")),
                              AttributeOf(3, U32(7)), AttributeOf(5, Raw({224, 0, 0, 81}))}));
}

Bytes Identity(std::uint32_t mark) {
  return Nest(1, {AttributeOf(1, U16(AF_INET)), AttributeOf(5, U32(mark))});
}

Bytes ServiceAnswer(std::uint32_t mark, std::uint32_t timeout = 0) {
  return AttributeOf(
      1, Join({AttributeOf(1, U16(AF_INET)), AttributeOf(5, U32(mark)), AttributeOf(6, Text("rr")),
               AttributeOf(7, Join({U32(2), U32(0xffffffff)})), AttributeOf(8, U32(timeout)),
               AttributeOf(9, Big32(0xffffffff))}));
}

Bytes DestinationAnswer(std::uint8_t last, std::uint32_t weight = 1) {
  return AttributeOf(
      2, Join({AttributeOf(1, Raw({10, 0, 0, last, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})),
               AttributeOf(2, Big16(80)), AttributeOf(3, U32(0)), AttributeOf(4, U32(weight)),
               AttributeOf(5, U32(0)), AttributeOf(6, U32(0)), AttributeOf(7, U32(0)),
               AttributeOf(8, U32(0)), AttributeOf(9, U32(0)), AttributeOf(11, U16(AF_INET))}));
}

std::size_t CountOf(Table& table) {
  std::size_t count = 0;
  for (const Table::Chunk& chunk : table.chunks()) count += chunk.count;
  return count;
}

template <typename Record>
Record FirstOf(Table& table) {
  Record record{};
  REQUIRE(CountOf(table) > 0);
  std::memcpy(&record, table.chunks().front().records.data(), sizeof record);
  return record;
}

}  // namespace

TEST_SUITE("transport: requests") {
  TEST_CASE("nothing is opened before there is something to do") {
    Machine machine;
    CHECK(machine.Execute({}).empty());
    CHECK(machine.kernel.opened == 0);
  }

  TEST_CASE("the family is resolved once and one channel serves all") {
    Machine machine;
    machine.kernel.handle = [](const Request& request) {
      return request.command == 13 ? Answer{0,
                                            {Join({AttributeOf(4, U32(1)), AttributeOf(5, U32(2)),
                                                   AttributeOf(6, U32(3))})}}
                                   : Answer{};
    };
    CHECK(machine.Execute({Remove(1)}) == Statuses{kOk});
    CHECK(machine.Execute(RemoveAll(300)) == Statuses(300, kOk));
    CHECK(machine.Read(TableKind::kTimeouts) == kOk);
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(machine.kernel.resolved == 1);
    CHECK(machine.kernel.opened == 1);
  }

  TEST_CASE("every command is written as the kernel wants it") {
    RequestRecord whole = Remove(7);
    whole.flag_mask = 0xd;
    std::memcpy(whole.service.scheduler, "rr", 2);
    whole.service.netmask = 0xffffffff;
    whole.destination.family = AF_INET;
    whole.destination.address = {10, 0, 0, 1};
    whole.destination.port = 80;
    whole.timeouts = {900, 0, 300};
    RequestRecord daemon = Daemon(ipvs::kNewDaemon, 2);
    daemon.daemon.ttl = 9;

    const Bytes service =
        Nest(1, {AttributeOf(1, U16(2)), AttributeOf(5, U32(7)), AttributeOf(6, Text("rr")),
                 AttributeOf(7, Join({U32(0), U32(0xd)})), AttributeOf(8, U32(0)),
                 AttributeOf(9, Repeat(4, 255))});
    const Bytes address = Join({Raw({10, 0, 0, 1}), Repeat(12, 0)});
    const Bytes destination =
        Nest(2, {AttributeOf(1, address), AttributeOf(2, Big16(80)), AttributeOf(3, U32(0)),
                 AttributeOf(4, U32(0)), AttributeOf(5, U32(0)), AttributeOf(6, U32(0)),
                 AttributeOf(11, U16(2))});
    const Bytes destination_identity =
        Nest(2, {AttributeOf(1, address), AttributeOf(2, Big16(80)), AttributeOf(11, U16(2))});

    const std::pair<ipvs::Command, Bytes> cases[] = {
        {ipvs::kNewService, service},
        {ipvs::kSetService, service},
        {ipvs::kDeleteService, Identity(7)},
        {ipvs::kNewDestination, Join({Identity(7), destination})},
        {ipvs::kSetDestination, Join({Identity(7), destination})},
        {ipvs::kDeleteDestination, Join({Identity(7), destination_identity})},
        {ipvs::kNewDaemon, Nest(3, {AttributeOf(1, U32(2)), AttributeOf(2, Text("eth0")),
                                    AttributeOf(3, U32(0)), AttributeOf(8, U8(9))})},
        {ipvs::kDeleteDaemon, Nest(3, {AttributeOf(1, U32(2))})},
        {ipvs::kSetConfig, Join({AttributeOf(4, U32(900)), AttributeOf(6, U32(300))})},
        {ipvs::kZero, Identity(7)},
        {ipvs::kFlush, {}},
    };
    CHECK(std::size(cases) == std::size(ipvs::kWriteCommands));
    for (const auto& [command, attributes] : cases) {
      Machine machine;
      const bool about_daemon = command == ipvs::kNewDaemon || command == ipvs::kDeleteDaemon;
      RequestRecord& record = about_daemon ? daemon : whole;
      record.command = command;
      CHECK(machine.Execute({record}) == Statuses{kOk});
      REQUIRE(machine.kernel.requests.size() == 1);
      const Request& request = machine.kernel.requests.front();
      CHECK(request.command == command);
      CHECK(request.version == 1);
      // Behind what may go unanswered it is the mark that asks for an acknowledgement.
      CHECK(request.flags ==
            (command == ipvs::kDeleteDaemon ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_ACK));
      CHECK(request.attributes == attributes);
    }
  }

  TEST_CASE("zero without a service is for all of them") {
    Machine machine;
    CHECK(machine.Execute({Command(ipvs::kZero)}) == Statuses{kOk});
    REQUIRE(machine.kernel.requests.size() == 1);
    CHECK(machine.kernel.requests.front().attributes.empty());
  }

  TEST_CASE("a command nobody knows is refused and not sent, and the others are") {
    Machine machine;
    RequestRecord reading = Remove(2);
    reading.command = ipvs::kGetService;
    RequestRecord unknown = Remove(3);
    unknown.command = 0x10003;  // its low byte is one that is known
    CHECK(machine.Execute({Remove(1), reading, unknown, Remove(4)}) ==
          Statuses{kOk, Refused(EOPNOTSUPP), Refused(EOPNOTSUPP), kOk});
    CHECK(machine.Marks() == std::vector<std::uint32_t>{1, 4});
    CHECK(machine.kernel.resolved == 1);
  }

  TEST_CASE("each refusal belongs to its own request, over all batches") {
    Machine machine;
    machine.kernel.handle = [](const Request& request) {
      return Answer{Machine::MarkOf(request) % 3 == 0 ? ESRCH : 0, {}};
    };
    Statuses expected(1'000, kOk);
    for (std::size_t index = 2; index < expected.size(); index += 3)
      expected[index] = Refused(ESRCH);
    CHECK(machine.Execute(RemoveAll(1'000)) == expected);
    CHECK(machine.Marks() == UpTo(1'000));
  }

  TEST_CASE("one send carries at most 256 requests") {
    Machine machine;
    const std::vector<RequestRecord> flushes(600, Command(ipvs::kFlush));
    CHECK(machine.Execute(flushes) == Statuses(600, kOk));
    CHECK(machine.kernel.counts == std::vector<std::size_t>{256, 256, 88});
  }

  TEST_CASE("exactly 256 requests are one send") {
    Machine machine;
    const std::vector<RequestRecord> flushes(256, Command(ipvs::kFlush));
    CHECK(machine.Execute(flushes) == Statuses(256, kOk));
    CHECK(machine.kernel.counts == std::vector<std::size_t>{256});
  }

  TEST_CASE("one send carries 16 KiB and the rest of one request") {
    Machine machine;
    std::vector<RequestRecord> records = RemoveAll(500);
    for (RequestRecord& record : records) record.command = ipvs::kNewService;
    CHECK(machine.Execute(records) == Statuses(500, kOk));
    CHECK(machine.Marks() == UpTo(500));
    const std::vector<std::size_t>& sizes = machine.kernel.sizes;
    const std::size_t one = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}) / 500;
    REQUIRE(sizes.size() > 2);
    for (std::size_t index = 0; index + 1 < sizes.size(); ++index) {
      CHECK(sizes[index] >= 16 * 1'024);
      CHECK(sizes[index] < 16 * 1'024 + one);
    }
    CHECK(sizes.back() < 16 * 1'024 + one);
  }

  TEST_CASE("a refusal that could mean a moved family and does not is told as it is") {
    for (const int error : {ENOENT, EOPNOTSUPP}) {
      Machine machine;
      machine.kernel.handle = [&](const Request& request) {
        return Answer{Machine::MarkOf(request) == 2 ? error : 0, {}};
      };
      CHECK(machine.Execute(RemoveAll(3)) == Statuses{kOk, Refused(error), kOk});
      CHECK(machine.Marks() == UpTo(3));
      CHECK(machine.kernel.resolved == 2);
      CHECK(machine.kernel.opened == 1);
    }
  }

  TEST_CASE("after the family has moved, what was refused is sent again under its new number") {
    for (const int error : {ENOENT, EOPNOTSUPP}) {
      Machine machine;
      machine.kernel.unknown_family_error = error;
      CHECK(machine.Execute({Remove(99)}) == Statuses{kOk});
      machine.kernel.family = 29;
      CHECK(machine.Execute(RemoveAll(3)) == Statuses(3, kOk));
      CHECK(machine.Marks() == std::vector<std::uint32_t>{99, 1, 2, 3});
      CHECK(machine.kernel.requests.back().family == 29);
      CHECK(machine.kernel.strayed.size() == 3);
      CHECK(machine.kernel.resolved == 2);
    }
  }

  TEST_CASE("only what was refused is sent again, and before anything that comes later") {
    Machine machine;
    int messages = 0;
    machine.kernel.before_message = [&] {
      if (++messages == 1 + 100) machine.kernel.family = 29;  // the first is the controller's
    };
    machine.kernel.handle = [](const Request& request) {
      return Answer{Machine::MarkOf(request) == 50 ? EEXIST : 0, {}};
    };
    Statuses expected(700, kOk);
    expected[49] = Refused(EEXIST);
    CHECK(machine.Execute(RemoveAll(700)) == expected);
    CHECK(machine.Marks() == UpTo(700));
    CHECK(machine.kernel.requests[98].family == 28);
    CHECK(machine.kernel.requests[99].family == 29);
  }

  TEST_CASE("a family that is gone is said to be so, and what was done before stays done") {
    Machine machine;
    int messages = 0;
    machine.kernel.before_message = [&] {
      if (++messages == 1 + 3) machine.kernel.family = 0;
    };
    CHECK(machine.Execute(RemoveAll(5)) == Statuses{kOk, kOk, kNoFamily, kNoFamily, kNoFamily});
    CHECK(machine.Marks() == UpTo(2));
  }

  TEST_CASE("without the family nothing is sent") {
    Machine machine;
    machine.kernel.family = 0;
    CHECK(machine.Execute(RemoveAll(1'000)) == Statuses(1'000, kNoFamily));
    CHECK(machine.kernel.resolved == 1);
    CHECK(machine.kernel.sizes.empty());
    CHECK(machine.Read(TableKind::kServices) == kNoFamily);
  }

  TEST_CASE("a family that comes back is found again") {
    Machine machine;
    CHECK(machine.Execute({Remove(1)}) == Statuses{kOk});
    machine.kernel.family = 0;
    CHECK(machine.Execute({Remove(2)}) == Statuses{kNoFamily});
    machine.kernel.family = 31;
    CHECK(machine.Execute({Remove(3)}) == Statuses{kOk});
    CHECK(machine.Marks() == std::vector<std::uint32_t>{1, 3});
    CHECK(machine.kernel.opened == 1);
  }

  TEST_CASE("a family that moves for ever is not followed for ever") {
    Machine machine;
    machine.kernel.after_resolve = [&] { ++machine.kernel.family; };
    CHECK(machine.Execute(RemoveAll(2)) == Statuses(2, Refused(ENOENT)));
    CHECK(machine.kernel.counts.size() == 3);
    CHECK(machine.kernel.requests.empty());
  }

  TEST_CASE("requests without an answer end at the deadline, and the next go over a new channel") {
    Machine machine;
    CHECK(machine.Execute({Remove(1)}) == Statuses{kOk});
    machine.kernel.silent_datagrams = 1;
    CHECK(machine.Execute(RemoveAll(2)) ==
          Statuses(2, Status::Failure(Source::kDeadline, ETIMEDOUT)));
    CHECK(machine.kernel.opened == 1);
    CHECK(machine.Execute({Remove(3)}) == Statuses{kOk});
    CHECK(machine.kernel.opened == 2);
    CHECK(machine.kernel.resolved == 1);
  }

  TEST_CASE("a batch that is not answered does not keep the next one from being sent") {
    Machine machine;
    CHECK(machine.Execute({Remove(1)}) == Statuses{kOk});
    machine.kernel.silent_datagrams = 1;
    const auto outcomes = machine.Execute(std::vector<RequestRecord>(300, Command(ipvs::kFlush)));
    REQUIRE(outcomes.size() == 300);
    for (std::size_t index = 0; index < 300; ++index) {
      if ((index < 256) != (outcomes[index].source == Source::kDeadline)) FAIL("at " << index);
    }
    CHECK(outcomes.back() == kOk);
    CHECK(machine.kernel.opened == 2);
  }

  TEST_CASE("of answers that did not fit the queue the first are heard and the rest are lost") {
    Machine machine;
    CHECK(machine.Execute({Remove(999)}) == Statuses{kOk});
    machine.kernel.queue_limit = 100;
    machine.kernel.handle = [](const Request&) { return Answer{EEXIST, {}}; };
    const auto outcomes = machine.Execute(RemoveAll(200));
    Statuses expected(100, Refused(EEXIST));
    expected.resize(200, Status::Failure(Source::kLost, ENOBUFS));
    CHECK(outcomes == expected);
    CHECK(machine.kernel.opened == 1);
    machine.kernel.handle = [](const Request&) { return Answer{}; };
    CHECK(machine.Execute({Remove(1)}) == Statuses{kOk});
    CHECK(machine.kernel.opened == 2);
  }

  TEST_CASE("a channel that cannot be opened fails everything with one attempt") {
    Machine machine;
    machine.kernel.open_error = EMFILE;
    CHECK(machine.Execute(RemoveAll(1'000)) ==
          Statuses(1'000, Status::Failure(Source::kSocket, EMFILE)));
    CHECK(machine.kernel.opened == 1);
    CHECK(machine.Read(TableKind::kInfo) == Status::Failure(Source::kSocket, EMFILE));
    CHECK(machine.kernel.opened == 2);
    machine.kernel.open_error = 0;
    CHECK(machine.Execute({Remove(1)}) == Statuses{kOk});
  }

  TEST_CASE("a channel that cannot be opened again fails what is left and not what is done") {
    Machine machine;
    CHECK(machine.Execute({Remove(1)}) == Statuses{kOk});
    machine.kernel.silent_datagrams = 1;
    machine.kernel.before_datagram = [&] { machine.kernel.open_error = ENFILE; };
    const auto outcomes = machine.Execute(std::vector<RequestRecord>(600, Command(ipvs::kFlush)));
    CHECK(outcomes[0] == Status::Failure(Source::kDeadline, ETIMEDOUT));
    CHECK(outcomes[255] == Status::Failure(Source::kDeadline, ETIMEDOUT));
    CHECK(outcomes[256] == Status::Failure(Source::kSocket, ENFILE));
    CHECK(outcomes[599] == Status::Failure(Source::kSocket, ENFILE));
    CHECK(machine.kernel.opened == 2);
  }

  TEST_CASE("the controller's silence is told as what it is") {
    Machine machine;
    machine.kernel.silent_datagrams = 1;
    CHECK(machine.Execute({Remove(1)}) == Statuses{Status::Failure(Source::kDeadline, ETIMEDOUT)});
    CHECK(machine.Execute({Remove(1)}) == Statuses{kOk});
    CHECK(machine.kernel.opened == 2);
  }
}

TEST_SUITE("transport: stops of daemons, which may go unanswered") {
  TEST_CASE("a stop is done whether or not the kernel says so") {
    for (const bool silent : {true, false}) {
      Machine machine;
      if (silent) machine.kernel.handle = SilentStop;
      CHECK(machine.Execute({Stop(1)}) == Statuses{kOk});
      CHECK(machine.kernel.requests.size() == 1);
      CHECK(machine.kernel.marks == 1);
      CHECK(machine.kernel.counts == std::vector<std::size_t>{2});
      CHECK(machine.Execute({Remove(1)}) == Statuses{kOk});
      CHECK(machine.kernel.opened == 1);
    }
  }

  TEST_CASE("a stop that is refused is refused") {
    Machine machine;
    machine.kernel.handle = [](const Request&) { return Answer{ESRCH, {}}; };
    CHECK(machine.Execute({Stop(1)}) == Statuses{Refused(ESRCH)});
    CHECK(machine.Execute({Stop(1), Stop(2)}) == Statuses{Refused(ESRCH), Refused(ESRCH)});
    CHECK(machine.kernel.opened == 1);
  }

  TEST_CASE("only a stop at the end is followed by a mark") {
    Machine machine;
    machine.kernel.handle = SilentStop;
    CHECK(machine.Execute({Stop(1), Remove(1)}) == Statuses{kOk, kOk});
    CHECK(machine.kernel.marks == 0);
    CHECK(machine.Execute({Remove(1), Stop(1), Stop(2)}) == Statuses{kOk, kOk, kOk});
    CHECK(machine.kernel.marks == 1);
    CHECK(machine.kernel.counts == std::vector<std::size_t>{2, 4});
  }

  TEST_CASE("what stands beside a stop keeps its own outcome") {
    for (const bool at_end : {true, false}) {
      Machine machine;
      machine.kernel.handle = [](const Request& request) {
        if (request.command != ipvs::kDeleteService) return SilentStop(request);
        return Answer{Machine::MarkOf(request) == 2 ? EEXIST : 0, {}};
      };
      std::vector<RequestRecord> requests = {Remove(1), Remove(2), Stop(1), Remove(2),
                                             Remove(3), Stop(2),   Stop(1)};
      Statuses expected = {kOk, Refused(EEXIST), kOk, Refused(EEXIST), kOk, kOk, kOk};
      if (!at_end) {
        requests.push_back(Remove(2));
        expected.push_back(Refused(EEXIST));
      }
      CHECK(machine.Execute(requests) == expected);
      CHECK(machine.kernel.requests.size() == requests.size());
      CHECK(machine.kernel.counts.size() == 1);
    }
  }

  TEST_CASE("where a full batch ends with a stop, it is marked, and the next goes on") {
    Machine machine;
    machine.kernel.handle = SilentStop;
    std::vector<RequestRecord> requests(255, Command(ipvs::kFlush));
    requests.push_back(Stop(1));
    requests.push_back(Command(ipvs::kFlush));
    CHECK(machine.Execute(requests) == Statuses(257, kOk));
    CHECK(machine.kernel.counts == std::vector<std::size_t>{257, 1});
    CHECK(machine.kernel.marks == 1);
  }

  TEST_CASE("a stop of which not even the mark is answered ends at the deadline") {
    Machine machine;
    machine.kernel.handle = SilentStop;
    machine.kernel.loses_marks = true;
    const Status late = Status::Failure(Source::kDeadline, ETIMEDOUT);
    CHECK(machine.Execute({Remove(1), Stop(1)}) == Statuses{late, late});
    machine.kernel.loses_marks = false;
    CHECK(machine.Execute({Stop(1)}) == Statuses{kOk});
    CHECK(machine.kernel.opened == 2);
  }

  TEST_CASE(
      "a stop under a number that is no longer the family's is sent again, and marked again") {
    Machine machine;
    machine.kernel.handle = SilentStop;
    CHECK(machine.Execute({Stop(1)}) == Statuses{kOk});
    machine.kernel.family = 29;
    CHECK(machine.Execute({Stop(1), Stop(2)}) == Statuses{kOk, kOk});
    CHECK(machine.kernel.strayed.size() == 2);
    CHECK(machine.kernel.requests.size() == 3);
    CHECK(machine.kernel.marks == 3);
    machine.kernel.family = 0;
    CHECK(machine.Execute({Stop(1)}) == Statuses{kNoFamily});
  }

  TEST_CASE("of answers that did not fit the queue, the mark's among them, the rest is lost") {
    Machine machine;
    machine.kernel.handle = SilentStop;
    CHECK(machine.Execute({Remove(1)}) == Statuses{kOk});
    machine.kernel.queue_limit = 1;
    machine.kernel.handle = [](const Request&) { return Answer{ESRCH, {}}; };
    CHECK(machine.Execute({Stop(1), Stop(2)}) ==
          Statuses{Refused(ESRCH), Status::Failure(Source::kLost, ENOBUFS)});
  }
}

TEST_SUITE("transport: tables") {
  TEST_CASE("information and timeouts are one request each") {
    Machine machine;
    machine.kernel.handle = [](const Request& request) {
      return request.command == 15
                 ? Answer{0, {Join({AttributeOf(1, U32(0x010201)), AttributeOf(2, U32(4'096))})}}
                 : Answer{0,
                          {Join({AttributeOf(4, U32(900)), AttributeOf(5, U32(120)),
                                 AttributeOf(6, U32(300))})}};
    };
    CHECK(machine.Read(TableKind::kInfo) == kOk);
    CHECK(FirstOf<ipvs::InfoRecord>(machine.table).version == 0x010201);
    CHECK(machine.Read(TableKind::kTimeouts) == kOk);
    CHECK(FirstOf<ipvs::TimeoutsRecord>(machine.table).tcp_fin == 120);
    REQUIRE(machine.kernel.requests.size() == 2);
    CHECK(machine.kernel.requests[0].command == 15);
    CHECK(machine.kernel.requests[1].command == 13);
    for (const Request& request : machine.kernel.requests) {
      CHECK(request.flags == NLM_F_REQUEST);
      CHECK(request.attributes.empty());
    }
  }

  TEST_CASE("one service is asked for by its identity") {
    Machine machine;
    machine.kernel.handle = [](const Request&) { return Answer{0, {ServiceAnswer(7)}}; };
    CHECK(machine.Read(TableKind::kService, Remove(7)) == kOk);
    CHECK(CountOf(machine.table) == 1);
    CHECK(FirstOf<ipvs::ObservedServiceRecord>(machine.table).service.fwmark == 7);
    CHECK(machine.kernel.requests.front().command == 4);
    CHECK(machine.kernel.requests.front().attributes == Identity(7));
  }

  TEST_CASE("a service that is not there is refused and leaves no table") {
    Machine machine;
    machine.kernel.handle = [](const Request&) { return Answer{ESRCH, {}}; };
    CHECK(machine.Read(TableKind::kService, Remove(7)) == Refused(ESRCH));
    CHECK(machine.table.chunks().empty());
    CHECK(machine.kernel.resolved == 1);
  }

  TEST_CASE("all services are a dump of everything") {
    Machine machine;
    machine.kernel.handle = [](const Request&) {
      return Answer{0, {ServiceAnswer(3), ServiceAnswer(1), ServiceAnswer(2)}};
    };
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(CountOf(machine.table) == 3);
    CHECK(FirstOf<ipvs::ObservedServiceRecord>(machine.table).service.fwmark == 1);
    CHECK(machine.kernel.requests.front().flags == (NLM_F_REQUEST | NLM_F_DUMP));
    CHECK(machine.kernel.requests.front().attributes.empty());
  }

  TEST_CASE("services that come in one block are read once") {
    Machine machine;
    machine.kernel.entries_per_block = 3;
    machine.kernel.handle = [](const Request&) {
      return Answer{0, {ServiceAnswer(3), ServiceAnswer(1), ServiceAnswer(2)}};
    };
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(machine.ServiceMarks() == UpTo(3));
    CHECK(machine.kernel.requests.size() == 1);
  }

  TEST_CASE("services that come in several blocks are read until two readings agree") {
    struct Case {
      std::vector<std::vector<std::uint32_t>> readings;
      std::size_t needed;
      std::vector<std::uint32_t> found;
    };
    const Case cases[] = {
        {{{3, 1, 2}, {3, 1, 2}}, 2, {1, 2, 3}},                          // in whatever order
        {{{3, 1, 2}, {1, 2, 3}, {1, 2, 3}}, 3, {1, 2, 3}},               // but the same one
        {{{1, 2, 3}, {1, 2, 3, 3}, {1, 2, 3, 3}}, 3, {1, 2, 3}},         // one of them twice
        {{{1, 3}, {1, 2, 3}, {1, 2, 3}}, 3, {1, 2, 3}},                  // one was passed over
        {{{1, 2, 3}, {1, 3}, {1, 3}}, 3, {1, 3}},                        // one was removed
        {{{1, 2}, {2, 3}, {1, 2}, {2, 3}, {2, 3}}, 5, {2, 3}},           // the last chance
        {{{1, 2}, {2, 3}, {1, 2}, {3, 4}, {4, 5}}, 5, {1, 2, 3, 4, 5}},  // no two agree
        {{{1, 2, 3}, {2}}, 2, {2}},                                      // one block is enough
        {{{1, 2, 3}, {}}, 2, {}},                                        // and so is none
    };
    for (const Case& each : cases) {
      Machine machine;
      machine.kernel.entries_per_block = 1;
      std::size_t reading = 0;
      machine.kernel.handle = [&](const Request&) {
        Answer answer;
        REQUIRE(reading < each.readings.size());
        for (const auto mark : each.readings[reading])
          answer.messages.push_back(ServiceAnswer(mark));
        ++reading;
        return answer;
      };
      CHECK(machine.Read(TableKind::kServices) == kOk);
      CHECK(reading == each.needed);
      CHECK(machine.ServiceMarks() == each.found);
      // Every second reading has a socket of its own, which cuts the list at other places.
      CHECK(machine.kernel.opened == 1 + static_cast<int>(each.needed) / 2);
    }
  }

  TEST_CASE("what the kernel passes over at the end of a block is not passed over twice") {
    for (const TableKind kind : {TableKind::kServices, TableKind::kSnapshot}) {
      Machine machine;
      machine.kernel.entries_per_block = 3;
      machine.kernel.first_block = 1;
      // Whatever it does for others, it always passes over the entry after its first block.
      machine.kernel.passes_over = 1;
      machine.kernel.handle = [](const Request& request) -> Answer {
        if (request.command == 8) return {0, {DestinationAnswer(1)}, false, 5};
        Answer answer;
        for (const auto mark : UpTo(9)) answer.messages.push_back(ServiceAnswer(mark));
        return answer;
      };
      CHECK(machine.Read(kind) == kOk);
      CHECK(machine.ServiceMarks() == UpTo(9));
      // No two readings in a row can agree.
      CHECK(machine.table.torn());
    }
  }

  TEST_CASE("without another socket the one there is reads again") {
    Machine machine;
    machine.kernel.entries_per_block = 1;
    int reading = 0;
    machine.kernel.handle = [&](const Request&) {
      if (++reading == 1) machine.kernel.open_error = EMFILE;
      return Answer{0, {ServiceAnswer(1), ServiceAnswer(2)}};
    };
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(machine.ServiceMarks() == UpTo(2));
    CHECK(reading == 2);
    CHECK_FALSE(machine.table.torn());
  }

  TEST_CASE("of several readings without agreement each service is as the last one saw it") {
    Machine machine;
    machine.kernel.entries_per_block = 1;
    std::uint32_t reading = 0;
    machine.kernel.handle = [&](const Request&) {
      ++reading;
      return Answer{0, {ServiceAnswer(1, reading), ServiceAnswer(reading + 1, reading)}};
    };
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(machine.ServiceMarks() == UpTo(6));
    CHECK(FirstOf<ipvs::ObservedServiceRecord>(machine.table).service.timeout == 5);
  }

  TEST_CASE("a reading that fails ends the readings") {
    Machine machine;
    machine.kernel.entries_per_block = 1;
    int reading = 0;
    machine.kernel.handle = [&](const Request&) {
      return ++reading == 2 ? Answer{ENOMEM, {}} : Answer{0, {ServiceAnswer(1), ServiceAnswer(2)}};
    };
    CHECK(machine.Read(TableKind::kServices) == Refused(ENOMEM));
    CHECK(reading == 2);
    CHECK(machine.table.chunks().empty());
  }

  TEST_CASE("no services are an empty table") {
    Machine machine;
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(CountOf(machine.table) == 0);
  }

  TEST_CASE(
      "destinations are a dump of their service, which is not asked for where there are some") {
    Machine machine;
    machine.kernel.handle = [](const Request&) {
      return Answer{0, {DestinationAnswer(2), DestinationAnswer(1)}, false, 5};
    };
    CHECK(machine.Read(TableKind::kDestinations, Remove(7)) == kOk);
    CHECK(CountOf(machine.table) == 2);
    CHECK(machine.table.chunks().front().text == "10.0.0.1\n10.0.0.2");
    REQUIRE(machine.kernel.requests.size() == 1);
    CHECK(machine.kernel.requests.front().command == 8);
    CHECK(machine.kernel.requests.front().dump());
    CHECK(machine.kernel.requests.front().attributes == Identity(7));
  }

  TEST_CASE("where there are no destinations the service itself decides what that means") {
    for (const bool there : {true, false}) {
      Machine machine;
      machine.kernel.handle = [&](const Request& request) -> Answer {
        if (request.command == 8) return {};
        return there ? Answer{0, {ServiceAnswer(7)}} : Answer{ESRCH, {}};
      };
      CHECK(machine.Read(TableKind::kDestinations, Remove(7)) == (there ? kOk : Refused(ESRCH)));
      CHECK(CountOf(machine.table) == 0);
      REQUIRE(machine.kernel.requests.size() == 2);
      CHECK(machine.kernel.requests[1].command == 4);
      CHECK(machine.kernel.requests[1].attributes == Identity(7));
    }
  }

  TEST_CASE("daemons are a dump, with the master first") {
    Machine machine;
    machine.kernel.handle = [](const Request&) {
      return Answer{0, {DaemonAnswer(2), DaemonAnswer(1)}, false, 9};
    };
    CHECK(machine.Read(TableKind::kDaemons) == kOk);
    CHECK(CountOf(machine.table) == 2);
    CHECK(FirstOf<ipvs::DaemonRecord>(machine.table).role == 1);
    CHECK(machine.table.chunks().front().text == "eth0\n224.0.0.81\neth0\n224.0.0.81");
    REQUIRE(machine.kernel.requests.size() == 1);
    CHECK(machine.kernel.requests.front().command == 11);
    CHECK(machine.kernel.requests.front().dump());
    CHECK(machine.kernel.requests.front().attributes.empty());
  }

  TEST_CASE("a daemon that cannot be read leaves no table") {
    Machine machine;
    machine.kernel.handle = [](const Request&) {
      return Answer{0, {DaemonAnswer(1), AttributeOf(3, {})}, false, 9};
    };
    CHECK(machine.Read(TableKind::kDaemons).source == Source::kMalformed);
    CHECK(machine.table.chunks().empty());
  }

  TEST_CASE("a table that changed under the dump is read again, and nothing of before remains") {
    for (const TableKind kind : {TableKind::kServices, TableKind::kDestinations}) {
      Machine machine;
      int dumps = 0;
      machine.kernel.handle = [&](const Request& request) {
        const auto number = static_cast<std::uint8_t>(++dumps);
        const Bytes entry =
            request.command == 8 ? DestinationAnswer(number) : ServiceAnswer(number);
        return Answer{0, {entry}, number < 3};
      };
      CHECK(machine.Read(kind, Remove(7)) == kOk);
      CHECK(dumps == 3);
      CHECK(CountOf(machine.table) == 1);
      if (kind == TableKind::kServices) {
        CHECK(FirstOf<ipvs::ObservedServiceRecord>(machine.table).service.fwmark == 3);
      } else {
        CHECK(machine.table.chunks().front().text == "10.0.0.3");
      }
      CHECK(machine.kernel.opened == 1);
    }
  }

  TEST_CASE("a table that changes under every dump is given up") {
    Machine machine;
    machine.kernel.handle = [](const Request&) { return Answer{0, {ServiceAnswer(1)}, true}; };
    CHECK(machine.Read(TableKind::kServices) == Status::Failure(Source::kInterrupted, EINTR));
    CHECK(machine.kernel.requests.size() == 3);
    CHECK(machine.table.chunks().empty());
  }

  TEST_CASE(
      "a read under a number that is no longer the family's is made again under the new one") {
    for (const TableKind kind : {TableKind::kServices, TableKind::kService}) {
      Machine machine;
      machine.kernel.handle = [](const Request&) { return Answer{0, {ServiceAnswer(5)}}; };
      CHECK(machine.Read(kind, Remove(5)) == kOk);
      machine.kernel.family = 40;
      CHECK(machine.Read(kind, Remove(5)) == kOk);
      CHECK(CountOf(machine.table) == 1);
      CHECK(machine.kernel.requests.back().family == 40);
      CHECK(machine.kernel.resolved == 2);
    }
  }

  TEST_CASE("a read whose family is gone says so") {
    Machine machine;
    CHECK(machine.Read(TableKind::kServices) == kOk);
    machine.kernel.family = 0;
    CHECK(machine.Read(TableKind::kServices) == kNoFamily);
  }

  TEST_CASE("a read does not follow a family for ever") {
    Machine machine;
    machine.kernel.after_resolve = [&] { ++machine.kernel.family; };
    CHECK(machine.Read(TableKind::kServices) == Refused(ENOENT));
    CHECK(machine.kernel.strayed.size() == 3);
  }

  TEST_CASE("a read that is refused with what could mean a moved family is told as it is") {
    Machine machine;
    machine.kernel.handle = [](const Request&) { return Answer{EOPNOTSUPP, {}}; };
    CHECK(machine.Read(TableKind::kServices) == Refused(EOPNOTSUPP));
    CHECK(machine.kernel.requests.size() == 1);
  }

  TEST_CASE("a read that may not be made is refused once") {
    for (const TableKind kind :
         {TableKind::kInfo, TableKind::kTimeouts, TableKind::kService, TableKind::kServices,
          TableKind::kDestinations, TableKind::kDaemons}) {
      Machine machine;
      machine.kernel.handle = [](const Request&) { return Answer{EPERM, {}}; };
      CHECK(machine.Read(kind, Remove(1)) == Refused(EPERM));
      CHECK(machine.kernel.requests.size() == 1);
    }
  }

  TEST_CASE("an entry that cannot be read fails the dump, and the next goes over a new channel") {
    Machine machine;
    bool broken = true;
    machine.kernel.handle = [&](const Request&) {
      return Answer{0, {broken ? AttributeOf(1, {}) : ServiceAnswer(1), ServiceAnswer(2)}};
    };
    const Status status = machine.Read(TableKind::kServices);
    CHECK(status.source == Source::kMalformed);
    CHECK(machine.table.chunks().empty());
    broken = false;
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(machine.kernel.opened == 2);
  }

  TEST_CASE("an acknowledgement in place of an answer is malformed") {
    Machine machine;
    machine.kernel.handle = [](const Request&) {
      Answer answer;
      answer.acknowledged = true;
      return answer;
    };
    CHECK(machine.Read(TableKind::kInfo).source == Source::kMalformed);
    CHECK(machine.Read(TableKind::kService, Remove(1)).source == Source::kMalformed);
  }

  TEST_CASE("a dump without an end is over at the deadline, and the next goes over a new channel") {
    Machine machine;
    CHECK(machine.Read(TableKind::kServices) == kOk);
    machine.kernel.silent_datagrams = 1;
    CHECK(machine.Read(TableKind::kServices) == Status::Failure(Source::kDeadline, ETIMEDOUT));
    CHECK(machine.Read(TableKind::kServices) == kOk);
    CHECK(machine.kernel.opened == 2);
  }

  TEST_CASE("a dump whose entries were lost says so") {
    Machine machine;
    CHECK(machine.Read(TableKind::kServices) == kOk);
    machine.kernel.queue_limit = 1;
    machine.kernel.handle = [](const Request&) {
      return Answer{0, {ServiceAnswer(1), ServiceAnswer(2)}};
    };
    CHECK(machine.Read(TableKind::kServices) == Status::Failure(Source::kLost, ENOBUFS));
    CHECK(machine.table.chunks().empty());
  }

  TEST_CASE("a kind of table nobody knows is not supported") {
    Machine machine;
    CHECK(machine.Read(static_cast<TableKind>(200)) == Refused(EOPNOTSUPP));
    CHECK(machine.kernel.opened == 0);
  }
}

namespace {

// What the kernel lists at one time: the destinations of each service, by its mark.
using Times = std::vector<std::map<std::uint32_t, std::vector<std::uint8_t>>>;

// A kernel whose list of services is another with each reading; a service is there when the last
// list read has it.
struct ChangingKernel {
  explicit ChangingKernel(Times what, std::uint32_t* setting = nullptr)
      : times(std::move(what)), timeout(setting) {
    machine.kernel.handle = [this](const Request& request) { return Handle(request); };
  }

  Answer Handle(const Request& request) {
    Answer answer;
    if (request.command == 8) {
      answer.command = 5;
      const auto found = now().find(Machine::MarkOf(request));
      if (found == now().end()) return answer;
      for (const std::uint8_t last : found->second) {
        answer.messages.push_back(DestinationAnswer(last));
      }
      return answer;
    }
    if (!request.dump()) {
      const std::uint32_t mark = Machine::MarkOf(request);
      if (!kept.contains(mark) && !now().contains(mark)) return {ESRCH, {}};
      return {0, {ServiceAnswer(mark)}};
    }
    if (lists + 1 < times.size() && started) ++lists;
    started = true;
    ++readings;
    if (timeout != nullptr) ++*timeout;
    for (const auto& [mark, destinations] : now()) {
      answer.messages.push_back(ServiceAnswer(mark, timeout == nullptr ? 0 : *timeout));
    }
    return answer;
  }

  const std::map<std::uint32_t, std::vector<std::uint8_t>>& now() const { return times[lists]; }

  // Each service with the last bytes of its destinations' addresses: "1: 1 2, 2:".
  std::string Read() {
    REQUIRE(machine.Read(TableKind::kSnapshot) == kOk);
    std::vector<std::string> services;
    for (const Table::Chunk& chunk : machine.table.chunks()) {
      for (std::size_t index = 0; index < chunk.count; ++index) {
        if (chunk.destinations) {
          ipvs::ObservedDestinationRecord record{};
          std::memcpy(&record, chunk.records.data() + index * sizeof record, sizeof record);
          REQUIRE(record.service < services.size());
          services[record.service] += ' ' + std::to_string(record.destination.address[3]);
        } else {
          ipvs::ObservedServiceRecord record{};
          std::memcpy(&record, chunk.records.data() + index * sizeof record, sizeof record);
          services.push_back(std::to_string(record.service.fwmark) + ':');
        }
      }
    }
    std::string text;
    for (const std::string& service : services) text += (text.empty() ? "" : ", ") + service;
    return text;
  }

  Times times;
  std::uint32_t* timeout;
  std::set<std::uint32_t> kept;  // services that are there and not in the list
  std::size_t lists = 0;
  int readings = 0;
  bool started = false;
  Machine machine;
};

}  // namespace

TEST_SUITE("snapshot") {
  TEST_CASE("services come with their destinations, both in canonical order") {
    ChangingKernel kernel(Times{{{3, {2, 1}}, {1, {}}, {2, {9}}}});
    CHECK(kernel.Read() == "1:, 2: 9, 3: 1 2");
    CHECK_FALSE(kernel.machine.table.torn());
    CHECK(kernel.readings == 2);
  }

  TEST_CASE("without services it is empty and whole") {
    ChangingKernel kernel(Times{{}});
    CHECK(kernel.Read().empty());
    CHECK_FALSE(kernel.machine.table.torn());
  }

  TEST_CASE("services that change meanwhile are read again, from the list that was seen last") {
    ChangingKernel kernel(Times{{{1, {1}}, {2, {2}}}, {{2, {3}}, {4, {4}}}});
    CHECK(kernel.Read() == "2: 3, 4: 4");
    CHECK_FALSE(kernel.machine.table.torn());
    CHECK(kernel.readings == 3);
  }

  TEST_CASE(
      "what keeps changing is told to be torn; what is gone is left out, what came is there") {
    ChangingKernel kernel(Times{{{1, {}}}, {{2, {}}}, {{3, {7}}}, {{3, {7}}, {4, {8}}}});
    CHECK(kernel.Read() == "3: 7, 4: 8");
    CHECK(kernel.machine.table.torn());
    CHECK(kernel.readings == 4);
  }

  TEST_CASE("a service that the last list passed over and that is there is kept") {
    ChangingKernel kernel(Times{{{1, {}}}, {{2, {}}}, {{3, {}}}, {{4, {}}}});
    kernel.kept = {3};
    CHECK(kernel.Read() == "3:, 4:");
    CHECK(kernel.machine.table.torn());
  }

  TEST_CASE("settings that keep changing make it torn, too") {
    std::uint32_t timeout = 0;
    ChangingKernel kernel(Times{{{1, {5}}}}, &timeout);
    CHECK(kernel.Read() == "1: 5");
    CHECK(kernel.machine.table.torn());
  }

  TEST_CASE("destinations of several blocks are read until two readings agree") {
    const std::vector<std::vector<std::uint8_t>> readings[] = {
        {{1, 2}, {1, 2}},                          // at once
        {{1, 3}, {1, 2, 3}, {1, 2, 3}},            // one was passed over
        {{1, 2}, {2, 3}, {3, 4}, {4, 5}, {1, 5}},  // never
    };
    for (std::size_t index = 0; index < std::size(readings); ++index) {
      Machine machine;
      machine.kernel.entries_per_block = 1;
      std::size_t reading = 0;
      machine.kernel.handle = [&](const Request& request) {
        Answer answer{0, {}, false, 5};
        if (!request.dump()) return Answer{0, {ServiceAnswer(1)}};
        REQUIRE(reading < readings[index].size());
        for (const std::uint8_t last : readings[index][reading]) {
          answer.messages.push_back(DestinationAnswer(last));
        }
        ++reading;
        return answer;
      };
      CHECK(machine.Read(TableKind::kDestinations, Remove(1)) == kOk);
      CHECK(reading == readings[index].size());
      CHECK(machine.table.torn() == (index == 2));
      CHECK(CountOf(machine.table) == (index == 2 ? 5 : index == 1 ? 3 : 2));
    }
  }

  TEST_CASE("a reading that fails is the answer, wherever it fails") {
    for (int failing = 0; failing < 4; ++failing) {
      ChangingKernel kernel(Times{{{1, {1}}, {2, {2}}}});
      int asked = 0;
      const auto inner = kernel.machine.kernel.handle;
      kernel.machine.kernel.handle = [&](const Request& request) {
        return asked++ == failing ? Answer{ENOMEM, {}} : inner(request);
      };
      CHECK(kernel.machine.Read(TableKind::kSnapshot) == Refused(ENOMEM));
      CHECK(kernel.machine.table.chunks().empty());
    }
  }
}
