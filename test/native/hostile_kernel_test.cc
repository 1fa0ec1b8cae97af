#include <doctest/doctest.h>
#include <linux/netlink.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "print.h"
#include "process.h"
#include "random.h"
#include "stand_in_handle.h"

// What a handle makes of a kernel that is broken or lies: each call ends in time with the right
// status, hands over nothing that is half read, leaves nothing behind, and the next call works.

namespace {

using namespace stand_in;
using namespace std::chrono_literals;
using ipvs::Source;
using Delivery = StandInKernel::Delivery;
using Event = StandInKernel::Event;
using Exchange = StandInKernel::Exchange;
using wire::Bytes;

// Waited for in vain by many a case, and by nothing else: what is answered is there at once.
constexpr auto kTimeout = 5ms;
// However slow the machine is.
constexpr auto kLongest = 20s;

const Status kOk = Status::Ok();
const Status kDeadline = Status::Failure(Source::kDeadline, ETIMEDOUT);
const Status kMalformed = Status::Failure(Source::kMalformed, EBADMSG);
const Status kCutOff = Status::Failure(Source::kMalformed, EMSGSIZE);
const Status kLost = Status::Failure(Source::kLost, ENOBUFS);
const Status kInterrupted = Status::Failure(Source::kInterrupted, EINTR);
const Status kRefused = Status::Failure(Source::kKernel, EPERM);
Status SocketError(int error) { return Status::Failure(Source::kSocket, error); }

// How each shape of an operation ends.
struct Ends {
  Ends(Status all) : write(all), answer(all), find(all), dump(all) {}
  Ends(Status in_write, Status in_answer, Status in_find, Status in_dump)
      : write(std::move(in_write)),
        answer(std::move(in_answer)),
        find(std::move(in_find)),
        dump(std::move(in_dump)) {}

  const Status& Of(Shape shape) const {
    switch (shape) {
      case Shape::kWrite: return write;
      case Shape::kAnswer: return answer;
      case Shape::kFind: return find;
      case Shape::kDump: return dump;
      case Shape::kFindAndDump: return find.ok() ? dump : find;
    }
    return dump;
  }

  Status write, answer, find, dump;
};

struct Case {
  const char* name;
  StandInKernel::Fault fault;
  Ends ends;
};

// Changes the header of each message.
StandInKernel::Fault Headers(std::function<void(nlmsghdr&)> change) {
  return [change = std::move(change)](const Exchange& exchange) {
    Delivery delivery;
    for (Bytes datagram : exchange.answers) {
      for (std::size_t start = 0; start + sizeof(nlmsghdr) <= datagram.size();) {
        nlmsghdr header;
        std::memcpy(&header, datagram.data() + start, sizeof header);
        const std::size_t length = (header.nlmsg_len + 3) / 4 * 4;
        change(header);
        std::memcpy(datagram.data() + start, &header, sizeof header);
        start += length;
      }
      delivery.events.push_back({0, std::move(datagram)});
    }
    return delivery;
  };
}

// Changes the first datagram, or the last.
enum class Which : std::uint8_t { kFirst, kLast };
StandInKernel::Fault Datagram(Which which, std::function<void(Bytes&)> change) {
  return [which, change = std::move(change)](const Exchange& exchange) {
    Delivery delivery = StandInKernel::Honest(exchange);
    auto& events = delivery.events;
    change((which == Which::kFirst ? events.front() : events.back()).datagram);
    return delivery;
  };
}

// Changes the length that the first message says it has.
StandInKernel::Fault Length(std::function<std::uint32_t(std::uint32_t)> change) {
  return Datagram(Which::kFirst, [change = std::move(change)](Bytes& datagram) {
    std::uint32_t length = 0;
    std::memcpy(&length, datagram.data(), sizeof length);
    length = change(length);
    std::memcpy(datagram.data(), &length, sizeof length);
  });
}

// Something else than the answers; without an end, its last event comes again and again.
using Make = std::function<std::vector<Event>(const Exchange&)>;
StandInKernel::Fault Instead(Make make, bool endless = false) {
  return [make = std::move(make), endless](const Exchange& exchange) {
    Delivery delivery;
    for (Event& event : make(exchange)) delivery.events.push_back(std::move(event));
    delivery.endless = endless;
    return delivery;
  };
}

StandInKernel::Fault Endless(Make make) { return Instead(std::move(make), true); }

// Something before the answers.
StandInKernel::Fault Before(Make make) {
  return [make = std::move(make)](const Exchange& exchange) {
    Delivery delivery;
    for (Event& event : make(exchange)) delivery.events.push_back(std::move(event));
    for (Event& event : StandInKernel::Honest(exchange).events) {
      delivery.events.push_back(std::move(event));
    }
    return delivery;
  };
}

Make Errors(int error, std::size_t count = 1) {
  return [=](const Exchange&) { return std::vector<Event>(count, Event{error, {}}); };
}

Event Says(Bytes datagram) { return {0, std::move(datagram)}; }

std::uint32_t LastOf(const Exchange& exchange) { return exchange.sequence + exchange.count - 1; }

// The first entry or answer that the kernel has, or, where it only acknowledges, a message of the
// same type.
Bytes EntryOf(const Exchange& exchange) {
  std::uint16_t type = 0;
  std::memcpy(&type, exchange.answers.front().data() + 4, sizeof type);
  if (type >= NLMSG_MIN_TYPE) return exchange.answers.front();
  return wire::MessageOf(exchange.type, NLM_F_MULTI, LastOf(exchange), exchange.port,
                         wire::Repeat(20, 0));
}

// A message with nothing but a number, which says how the last request, or the dump, ended.
StandInKernel::Fault Verdict(std::uint16_t type, Bytes payload) {
  return Instead([=](const Exchange& exchange) {
    return std::vector{
        Says(wire::MessageOf(type, NLM_F_MULTI, LastOf(exchange), exchange.port, payload))};
  });
}

// Answers, and no socket to send them to.
StandInKernel::Fault SendError(int error) {
  return [=](const Exchange&) {
    Delivery delivery;
    delivery.send_error = error;
    return delivery;
  };
}

std::vector<Case> Cases() {
  return {
      // What belongs to nobody.
      {"another sequence number", Headers([](nlmsghdr& h) { h.nlmsg_seq += 1'000; }), kDeadline},
      {"sequence number 0", Headers([](nlmsghdr& h) { h.nlmsg_seq = 0; }), kDeadline},
      {"the sequence number before", Headers([](nlmsghdr& h) { h.nlmsg_seq -= 500; }), kDeadline},
      {"another port", Headers([](nlmsghdr& h) { ++h.nlmsg_pid; }), kDeadline},
      {"port 0", Headers([](nlmsghdr& h) { h.nlmsg_pid = 0; }), kDeadline},
      {"strangers' answers first", Before([](const Exchange& exchange) {
         const std::uint32_t last = LastOf(exchange);
         return std::vector{Says(wire::Verdict(last + 1, exchange.port, EPERM)),
                            Says(wire::Verdict(last, exchange.port + 1, EPERM)),
                            Says(wire::Done(exchange.sequence - 1, exchange.port, EPERM))};
       }),
       kOk},
      {"a message of another family",
       Headers([](nlmsghdr& h) {
         if (h.nlmsg_type >= NLMSG_MIN_TYPE) ++h.nlmsg_type;
       }),
       {kOk, kMalformed, kMalformed, kMalformed}},

      // What cannot be read.
      {"the first datagram cut short",
       Datagram(Which::kFirst, [](Bytes& all) { all.resize(all.size() - 3); }), kMalformed},
      {"the last datagram cut short",
       Datagram(Which::kLast, [](Bytes& all) { all.resize(all.size() - 3); }), kMalformed},
      {"a header cut short", Datagram(Which::kFirst, [](Bytes& all) { all.resize(9); }),
       kMalformed},
      {"a datagram larger than the buffer",
       Datagram(Which::kFirst, [](Bytes& all) { all.resize(70'000); }), kCutOff},
      {"length 0", Length([](std::uint32_t) { return 0; }), kMalformed},
      {"a length less than a header's", Length([](std::uint32_t) { return 15; }), kMalformed},
      {"a length beyond the datagram",
       Length([](std::uint32_t length) { return length + 400'000; }), kMalformed},
      {"the largest length", Length([](std::uint32_t) { return 0xffffffffu; }), kMalformed},
      {"a positive errno", Verdict(NLMSG_ERROR, wire::I32(17)), kMalformed},
      {"an errno that is none", Verdict(NLMSG_ERROR, wire::I32(-100'000)), kMalformed},
      {"half an errno", Verdict(NLMSG_ERROR, wire::Repeat(2, 0xff)), kMalformed},
      {"an end with a positive errno",
       Verdict(NLMSG_DONE, wire::I32(17)),
       {kDeadline, kDeadline, kDeadline, kMalformed}},

      // What has no end, or not enough of it.
      {"nothing", Instead([](const Exchange&) { return std::vector<Event>(); }), kDeadline},
      {"the last datagram missing", Instead([](const Exchange& exchange) {
         auto events = StandInKernel::Honest(exchange).events;
         events.pop_back();
         return std::vector(events.begin(), events.end());
       }),
       kDeadline},
      {"half an answer, then silence",
       Instead([](const Exchange& exchange) {
         Bytes half = EntryOf(exchange);
         std::uint32_t length = 0;
         std::memcpy(&length, half.data(), sizeof length);
         half.resize((length + 3) / 4 * 4);
         return std::vector{Says(std::move(half))};
       }),
       {kDeadline, kOk, kDeadline, kDeadline}},
      {"the last datagram twice", Instead([](const Exchange& exchange) {
         auto events = StandInKernel::Honest(exchange).events;
         events.push_back(events.back());
         return std::vector(events.begin(), events.end());
       }),
       kOk},
      {"entries without end",
       Endless([](const Exchange& exchange) { return std::vector{Says(EntryOf(exchange))}; }),
       {kDeadline, kOk, kDeadline, kDeadline}},
      {"control messages without end", Endless([](const Exchange& exchange) {
         return std::vector{
             Says(wire::MessageOf(NLMSG_NOOP, 0, LastOf(exchange), exchange.port, {}))};
       }),
       kDeadline},
      {"strangers' answers without end", Endless([](const Exchange& exchange) {
         return std::vector{Says(wire::Ack(LastOf(exchange) + 1, exchange.port))};
       }),
       kDeadline},
      {"empty datagrams without end",
       Endless([](const Exchange&) { return std::vector{Says({})}; }), kDeadline},
      {"a table that changes whenever it is read",
       Headers([](nlmsghdr& h) { h.nlmsg_flags |= NLM_F_DUMP_INTR; }),
       {kOk, kOk, kOk, kInterrupted}},

      // What the kernel says of itself.
      {"control messages first", Before([](const Exchange& exchange) {
         const std::uint32_t last = LastOf(exchange);
         return std::vector{Says(wire::MessageOf(NLMSG_NOOP, 0, last, exchange.port, {})),
                            Says(wire::MessageOf(NLMSG_OVERRUN, 0, last, exchange.port, {}))};
       }),
       kOk},
      {"a refusal", Verdict(NLMSG_ERROR, wire::Join({wire::I32(-EPERM), wire::Repeat(16, 0)})),
       kRefused},
      {"a refusal at the end",
       Verdict(NLMSG_DONE, wire::I32(-EPERM)),
       {kDeadline, kDeadline, kDeadline, kRefused}},

      // What the socket says.
      {"ENOBUFS, and the answers behind it", Before(Errors(ENOBUFS)), {kOk, kOk, kOk, kLost}},
      {"ENOBUFS, and nothing", Instead(Errors(ENOBUFS)), kLost},
      {"ENOBUFS without end", Endless(Errors(ENOBUFS)), kLost},
      {"a storm of EINTR", Before(Errors(EINTR, 50)), kOk},
      {"EINTR without end", Endless(Errors(EINTR)), kDeadline},
      {"nothing to read, thrice", Before(Errors(EAGAIN, 3)), kOk},
      {"nothing to read, ever, though the wait says there is", Endless(Errors(EAGAIN)), kDeadline},
      {"waits that a signal ends",
       [](const Exchange&) {
         Delivery delivery;
         delivery.interrupted_polls = 1'000;
         return delivery;
       },
       kDeadline},
      {"waits that signals end without end",
       [](const Exchange&) {
         Delivery delivery;
         delivery.interrupted_polls = SIZE_MAX;
         return delivery;
       },
       kDeadline},
      {"no memory to receive", Instead(Errors(ENOMEM)), SocketError(ENOMEM)},
      {"a socket that is gone", Instead(Errors(EBADF)), SocketError(EBADF)},
      {"no memory to send", SendError(ENOBUFS), SocketError(ENOBUFS)},
      {"a sandbox that lets nothing out", SendError(EPERM), SocketError(EPERM)},
      {"no room to send", SendError(EAGAIN), SocketError(EAGAIN)},
  };
}

// Who said it and with which errno; the words are the decoders' and differ.
void CheckSame(const Status& status, const Status& expected) {
  CHECK(Status::Failure(status.source, status.error) ==
        Status::Failure(expected.source, expected.error));
}

// Runs an operation under a fault, and again without it.
void CheckOne(StandInKernel& kernel, Handle& handle, const Operation& operation,
              const StandInKernel::Fault& fault, const Status* expected,
              const std::string& content) {
  kernel.Set(fault);
  const auto start = std::chrono::steady_clock::now();
  Job job = handle.Run(operation.job);
  CHECK(std::chrono::steady_clock::now() - start < kLongest);
  if (expected != nullptr) CheckSame(EndOf(job), *expected);
  if (EndOf(job).ok()) {
    if (expected != nullptr) CHECK(ContentOf(job) == content);
  } else {
    CHECK(job.table.chunks().empty());
    CHECK(job.outcomes.size() == job.requests.size());
  }

  kernel.Set(nullptr);
  Job next = handle.Run(operation.job);
  CHECK(EndOf(next) == kOk);
  CHECK(ContentOf(next) == content);
  // One socket to each family, whatever became of those before.
  CHECK(kernel.open() <= 2);
}

// Calls `check` with each operation on a handle that has been used, and with what it gives.
template <typename Check>
void ForEachOperation(Check check) {
  for (const auto& operations : {IpvsOperations(), RouteOperations()}) {
    for (const Operation& operation : operations) {
      const std::string operation_name = operation.name;
      CAPTURE(operation_name);
      StandInKernel kernel;
      Furnish(kernel);
      Handle handle(kTimeout);
      Job first = handle.Run(operation.job);
      REQUIRE(EndOf(first) == kOk);
      check(kernel, handle, operation, ContentOf(first));
    }
  }
}

}  // namespace

TEST_SUITE("a hostile kernel") {
  TEST_CASE("whatever the fault and the operation, it ends as it should and the next one works") {
    const std::size_t threads = CountSettledThreads();
    const std::size_t files = CountOpenFiles();
    const std::vector<Case> cases = Cases();
    ForEachOperation([&](StandInKernel& kernel, Handle& handle, const Operation& operation,
                         const std::string& content) {
      for (const Case& each : cases) {
        const std::string fault = each.name;
        CAPTURE(fault);
        CheckOne(kernel, handle, operation, each.fault, &each.ends.Of(operation.shape), content);
      }
    });
    CHECK(CountOpenFiles() == files);
    CHECK(CountSettledThreads() == threads);
  }

  TEST_CASE("while the family is resolved, the same holds") {
    for (const Case& each : Cases()) {
      const std::string fault = each.name;
      CAPTURE(fault);
      StandInKernel kernel;
      Furnish(kernel);
      Handle handle(kTimeout);
      kernel.SetForAll(each.fault);
      Status end = EndOf(handle.Run(Reads(TableKind::kInfo)));
      // That the family is refused is said of the family.
      if (end.source == Source::kFamily) end.source = Source::kKernel;
      const Status& find = each.ends.find;
      CheckSame(end, find.ok() ? each.ends.answer : find);
      kernel.Set(nullptr);
      CHECK(EndOf(handle.Run(Reads(TableKind::kInfo))) == kOk);
      CHECK(kernel.open() == 1);
    }
  }

  TEST_CASE("signals that end sends do not end a request") {
    ForEachOperation([&](StandInKernel& kernel, Handle& handle, const Operation& operation,
                         const std::string& content) {
      const auto left = std::make_shared<int>(20);
      const auto storm = [left](const Exchange& exchange) {
        Delivery delivery = StandInKernel::Honest(exchange);
        if (--*left > 0) delivery.send_error = EINTR;
        return delivery;
      };
      CheckOne(kernel, handle, operation, storm, &kOk, content);
      CHECK(*left <= 0);
    });
  }

  TEST_CASE("an answer that is late, but in time, is waited for") {
    for (const auto& operations : {IpvsOperations(), RouteOperations()}) {
      for (const Operation& operation : operations) {
        const std::string operation_name = operation.name;
        CAPTURE(operation_name);
        StandInKernel kernel;
        Furnish(kernel);
        Handle handle(60s);
        kernel.Set([](const Exchange& exchange) {
          Delivery delivery = StandInKernel::Honest(exchange);
          delivery.delay = 2ms;
          return delivery;
        });
        Job late = handle.Run(operation.job);
        CHECK(EndOf(late) == kOk);
        kernel.Set(nullptr);
        Job prompt = handle.Run(operation.job);
        CHECK(ContentOf(late) == ContentOf(prompt));
        CHECK(kernel.open() <= 2);
      }
    }
  }

  TEST_CASE("an answer that comes after the deadline is nobody's") {
    ForEachOperation([&](StandInKernel& kernel, Handle& handle, const Operation& operation,
                         const std::string& content) {
      const auto late = [](const Exchange& exchange) {
        Delivery delivery = StandInKernel::Honest(exchange);
        delivery.delay = 10s;
        return delivery;
      };
      CheckOne(kernel, handle, operation, late, &kDeadline, content);
    });
  }

  TEST_CASE("of a batch, what the kernel refused before it fell silent stays refused") {
    StandInKernel kernel;
    Furnish(kernel);
    Handle handle(kTimeout);
    kernel.Set(Instead([](const Exchange& exchange) {
      return std::vector{Says(wire::Verdict(exchange.sequence + 1, exchange.port, EPERM))};
    }));
    const Job job = handle.Run(Writes(ipvs::kDeleteService, 4));
    CHECK(job.outcomes == std::vector{kOk, kRefused, kDeadline, kDeadline});
  }

  TEST_CASE("answers of chance bytes end somehow, and in time, and the next call works") {
    Random random(20'240'607);
    ForEachOperation([&](StandInKernel& kernel, Handle& handle, const Operation& operation,
                         const std::string& content) {
      for (int round = 0; round < 15; ++round) {
        CAPTURE(round);
        const auto chance = [&](const Exchange& exchange) {
          Delivery delivery = StandInKernel::Honest(exchange);
          for (Event& event : delivery.events) {
            for (unsigned count = random.Below(4); count > 0; --count) {
              if (event.datagram.empty()) break;
              const auto place = random.Below(static_cast<unsigned>(event.datagram.size()));
              event.datagram[place] = static_cast<std::byte>(random.Below(256));
            }
            if (random.Below(4) == 0) {
              event.datagram.resize(random.Below(static_cast<unsigned>(event.datagram.size() + 1)));
            }
          }
          return delivery;
        };
        CheckOne(kernel, handle, operation, chance, nullptr, content);
      }
    });
  }
}
