#include "ipvs/auto_transport.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "print.h"

namespace {

using ipvs::AutoTransport;
using ipvs::InfoRecord;
using ipvs::RequestRecord;
using ipvs::Source;
using ipvs::Status;
using ipvs::Table;
using ipvs::TableKind;
using ipvs::TransportKind;

const Status kOk = Status::Ok();
const Status kRefused = Status::Failure(Source::kKernel, EPERM);
const Status kAbsent = Status::Failure(Source::kFamily, ENOENT);

// What a scripted way to the kernel does, and what was asked of it.
struct Way {
  Status answer;
  TransportKind kind = TransportKind::kNetlink;
  int reads = 0;
  int executed = 0;
  bool gone = false;
};

class ScriptedTransport final : public ipvs::Transport {
 public:
  explicit ScriptedTransport(Way& way) : way_(way) {}
  ~ScriptedTransport() override { way_.gone = true; }

  void Execute(std::span<const RequestRecord* const> requests,
               std::span<Status> outcomes) override {
    way_.executed += static_cast<int>(requests.size());
    for (Status& outcome : outcomes) outcome = way_.answer;
  }

  Status Read(TableKind kind, const RequestRecord&, Table& table) override {
    ++way_.reads;
    if (!way_.answer.ok()) return way_.answer;
    if (kind == TableKind::kInfo) {
      table.FillInfo({0x010201, 4'096, static_cast<std::uint32_t>(way_.kind)});
    } else {
      table.FillTimeouts({1, 2, 3});
    }
    return way_.answer;
  }

 private:
  Way& way_;
};

struct Machine {
  Machine(Status first, Status second)
      : netlink{std::move(first)}, sockopt{std::move(second), TransportKind::kSockopt} {}

  Status Read(TableKind kind = TableKind::kInfo) {
    table = Table();
    return transport.Read(kind, {}, table);
  }

  std::vector<Status> Execute(std::size_t count) {
    const RequestRecord record{};
    const std::vector<const RequestRecord*> requests(count, &record);
    std::vector<Status> outcomes(count, Status::Failure(Source::kLost, EIO));
    transport.Execute(requests, outcomes);
    return outcomes;
  }

  // The way that the information in the table came.
  TransportKind KindInTable() {
    REQUIRE(table.chunks().size() == 1);
    InfoRecord info{};
    REQUIRE(table.chunks().front().records.size() == sizeof info);
    std::memcpy(&info, table.chunks().front().records.data(), sizeof info);
    return static_cast<TransportKind>(info.transport);
  }

  Way netlink;
  Way sockopt;
  AutoTransport transport{std::make_unique<ScriptedTransport>(netlink),
                          std::make_unique<ScriptedTransport>(sockopt)};
  Table table;
};

}  // namespace

TEST_SUITE("auto transport") {
  TEST_CASE("netlink it is where netlink answers, at the price of no further request") {
    Machine machine(kOk, kOk);
    CHECK(machine.Read() == kOk);
    CHECK(machine.KindInTable() == TransportKind::kNetlink);
    CHECK(machine.netlink.reads == 1);
    CHECK(machine.sockopt.reads == 0);
    CHECK(machine.sockopt.gone);
    CHECK(machine.Execute(3) == std::vector<Status>{kOk, kOk, kOk});
    CHECK(machine.netlink.executed == 3);
  }

  TEST_CASE("the socket options it is where netlink is closed and they answer") {
    const Status closed[] = {
        kRefused,
        kAbsent,
        Status::Failure(Source::kSocket, EPERM),
        Status::Failure(Source::kSocket, EACCES),
        Status::Failure(Source::kSocket, EAFNOSUPPORT),
        Status::Failure(Source::kSocket, EPROTONOSUPPORT),
    };
    for (const Status& status : closed) {
      CAPTURE(status);
      Machine machine(status, kOk);
      CHECK(machine.Read() == kOk);
      CHECK(machine.KindInTable() == TransportKind::kSockopt);
      CHECK(machine.netlink.gone);
      CHECK(machine.Read(TableKind::kTimeouts) == kOk);
      CHECK(machine.sockopt.reads == 2);
      CHECK(machine.Execute(2) == std::vector<Status>{kOk, kOk});
      CHECK(machine.sockopt.executed == 2);
    }
  }

  TEST_CASE("whatever comes first decides, and is carried out") {
    Machine writes(kRefused, kOk);
    CHECK(writes.Execute(2) == std::vector<Status>{kOk, kOk});
    CHECK(writes.sockopt.executed == 2);
    CHECK(writes.netlink.executed == 0);

    Machine reads(kAbsent, kOk);
    CHECK(reads.Read(TableKind::kTimeouts) == kOk);
    CHECK(reads.sockopt.reads == 2);
    REQUIRE(reads.table.chunks().size() == 1);
    CHECK(reads.table.chunks().front().records.size() == sizeof(ipvs::TimeoutsRecord));
  }

  TEST_CASE("what is decided stays: a later refusal is the answer") {
    Machine machine(kOk, kOk);
    CHECK(machine.Read() == kOk);
    machine.netlink.answer = kRefused;
    CHECK(machine.Read() == kRefused);
    CHECK(machine.Execute(1) == std::vector<Status>{kRefused});
    CHECK(machine.sockopt.reads == 0);
  }

  TEST_CASE("where netlink is out of order rather than closed, nothing else is tried") {
    const Status failures[] = {
        Status::Failure(Source::kDeadline, ETIMEDOUT), Status::Failure(Source::kMalformed, EBADMSG),
        Status::Failure(Source::kNamespace, EPERM),    Status::Failure(Source::kSocket, EMFILE),
        Status::Failure(Source::kClosed, ECANCELED),   Status::Failure(Source::kKernel, ENOMEM),
    };
    for (const Status& status : failures) {
      CAPTURE(status);
      Machine machine(status, kOk);
      CHECK(machine.Read() == status);
      CHECK(machine.Execute(2) == std::vector<Status>{status, status});
      CHECK(machine.sockopt.reads == 0);
      // And later it may be in order again.
      machine.netlink.answer = kOk;
      CHECK(machine.Read() == kOk);
      CHECK(machine.KindInTable() == TransportKind::kNetlink);
    }
  }

  TEST_CASE("where neither works the reason is netlink's, and both are tried again") {
    Machine machine(kRefused, kRefused);
    CHECK(machine.Read() == kRefused);
    CHECK(machine.Execute(2) == std::vector<Status>{kRefused, kRefused});
    CHECK(machine.netlink.reads == 2);
    CHECK(machine.sockopt.reads == 2);
    CHECK(machine.sockopt.executed == 0);
    machine.sockopt.answer = kOk;
    CHECK(machine.Read() == kOk);
    CHECK(machine.KindInTable() == TransportKind::kSockopt);
  }

  TEST_CASE("where the two have different reasons, the second is put into words") {
    Machine privilege(kAbsent, kRefused);
    CHECK(privilege.Read() ==
          Status::Failure(Source::kFamily, ENOENT,
                          std::string("over the socket options: ") + std::strerror(EPERM)));
    Machine sandbox(Status::Failure(Source::kSocket, EAFNOSUPPORT), kAbsent);
    CHECK(sandbox.Read() ==
          Status::Failure(Source::kSocket, EAFNOSUPPORT, "over the socket options: no IPVS"));
    Machine words(Status::Failure(Source::kKernel, EPERM, "not you"), kAbsent);
    CHECK(words.Read() == Status::Failure(Source::kKernel, EPERM, "not you"));
    Machine absent(kAbsent, kAbsent);
    CHECK(absent.Read() == kAbsent);
  }
}
