#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "ipvs/option_layouts.h"
#include "print.h"
#include "process.h"
#include "stand_in_handle.h"

// The socket options of a kernel that is broken or lies.

namespace {

using namespace stand_in;
using namespace std::chrono_literals;
using ipvs::Source;
namespace option = ipvs::option;

const Status kOk = Status::Ok();

// What asks for a value of some option first.
std::vector<Operation> Readings() {
  return {{"information", Shape::kAnswer, Reads(TableKind::kInfo)},
          {"timeouts", Shape::kAnswer, Reads(TableKind::kTimeouts)},
          {"a service", Shape::kAnswer, Reads(TableKind::kService)},
          {"services", Shape::kDump, Reads(TableKind::kServices)},
          {"destinations", Shape::kDump, Reads(TableKind::kDestinations)},
          {"a snapshot", Shape::kDump, Reads(TableKind::kSnapshot)},
          {"a changed service", Shape::kWrite, Writes(ipvs::kSetService)}};
}

struct Machine {
  Machine() { Furnish(kernel); }

  void CheckNext(const Operation& operation, const std::string& content) {
    kernel.SetLength(nullptr);
    kernel.SetValue(nullptr);
    kernel.options.refuse = [](int) { return 0; };
    Job next = handle.Run(operation.job);
    CHECK(EndOf(next) == kOk);
    CHECK(ContentOf(next) == content);
    CHECK(kernel.options.opened == 0);
  }

  StandInKernel kernel;
  Handle handle{1s, ipvs::TransportKind::kSockopt};
};

// Overwrites a number in the value of one option.
StandInKernel::ValueFault Puts(int wanted, std::size_t place, std::uint32_t number) {
  return [=](int option, std::span<std::byte> value) {
    if (option == wanted) std::memcpy(value.data() + place, &number, sizeof number);
  };
}

}  // namespace

TEST_SUITE("hostile socket options") {
  TEST_CASE("a value of another length than was asked for is not taken for an answer") {
    const std::size_t files = CountOpenFiles();
    for (const Operation& operation : Readings()) {
      const std::string operation_name = operation.name;
      CAPTURE(operation_name);
      Machine machine;
      Job first = machine.handle.Run(operation.job);
      REQUIRE(EndOf(first) == kOk);
      const std::string content = ContentOf(first);
      for (const auto& change : std::vector<std::function<socklen_t(socklen_t)>>{
               [](socklen_t) { return 0; },
               [](socklen_t length) { return length - 1; },
               [](socklen_t length) { return length / 2; },
               [](socklen_t length) { return length + 1; },
               [](socklen_t length) { return length * 2; },
               [](socklen_t) { return 0xffffffffu; },
           }) {
        machine.kernel.SetLength([&](int, socklen_t length) { return change(length); });
        Job job = machine.handle.Run(operation.job);
        CHECK(EndOf(job) == Status::Failure(Source::kMalformed, EBADMSG,
                                            "a value of another length than was asked for"));
        CHECK(job.table.chunks().empty());
        machine.CheckNext(operation, content);
      }
    }
    CHECK(CountOpenFiles() == files);
  }

  TEST_CASE("a count that no list can have is malformed, however it wraps") {
    constexpr std::size_t kServices = offsetof(ipvs::InformationOption, services);
    constexpr std::size_t kDestinations = offsetof(ipvs::ServiceEntry, destinations);
    for (const std::uint32_t count :
         {0x1000000u, 0x7fffffffu, 0x80000000u, 3'817'748'693u, 3'817'748'708u, 0xffffffffu}) {
      CAPTURE(count);
      for (const auto& [operation, fault] :
           std::vector<std::pair<Operation, decltype(Puts(0, 0, 0))>>{
               {{"services", Shape::kDump, Reads(TableKind::kServices)},
                Puts(option::kInformation, kServices, count)},
               {{"destinations", Shape::kDump, Reads(TableKind::kDestinations)},
                Puts(option::kService, kDestinations, count)},
               {{"a snapshot", Shape::kDump, Reads(TableKind::kSnapshot)},
                Puts(option::kInformation, kServices, count)}}) {
        const std::string operation_name = operation.name;
        CAPTURE(operation_name);
        Machine machine;
        Job first = machine.handle.Run(operation.job);
        REQUIRE(EndOf(first) == kOk);
        machine.kernel.SetValue(fault);
        Job job = machine.handle.Run(operation.job);
        CHECK(EndOf(job) ==
              Status::Failure(Source::kMalformed, EBADMSG, "more entries than a list can have"));
        CHECK(job.table.chunks().empty());
        machine.CheckNext(operation, ContentOf(first));
      }
    }
  }

  TEST_CASE("a count that does not fit the list makes the list torn, not endless") {
    constexpr std::size_t kServices = offsetof(ipvs::InformationOption, services);
    for (const std::uint32_t count : {0u, 1u, 3u, 1'000u}) {
      CAPTURE(count);
      Machine machine;
      const Operation operation{"services", Shape::kDump, Reads(TableKind::kServices)};
      Job first = machine.handle.Run(operation.job);
      machine.kernel.SetValue(Puts(option::kInformation, kServices, count));
      Job job = machine.handle.Run(operation.job);
      CHECK(EndOf(job) == kOk);
      CHECK(job.table.torn());
      CHECK(ContentOf(job) == ContentOf(first));
      machine.CheckNext(operation, ContentOf(first));
    }
  }

  TEST_CASE("an errno at any call is the outcome") {
    for (const Operation& operation : Readings()) {
      const std::string operation_name = operation.name;
      CAPTURE(operation_name);
      Machine machine;
      Job first = machine.handle.Run(operation.job);
      for (const int error : {ENOMEM, EFAULT, EINVAL, EINTR, EPERM, ENOPROTOOPT}) {
        CAPTURE(error);
        machine.kernel.options.refuse = [=](int) { return error; };
        Job job = machine.handle.Run(operation.job);
        const Status expected = error == ENOPROTOOPT ? Status::Failure(Source::kFamily, ENOENT)
                                                     : Status::Failure(Source::kKernel, error);
        CHECK(EndOf(job) == expected);
        CHECK(job.table.chunks().empty());
        machine.CheckNext(operation, ContentOf(first));
      }
    }
  }
}
