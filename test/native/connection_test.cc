#include "netlink/connection.h"

#include <doctest/doctest.h>
#include <linux/netlink.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "print.h"
#include "scripted_channel.h"
#include "wire.h"

namespace {

using ipvs::Source;
using ipvs::Status;
using ipvs::netlink::Connection;
using ipvs::netlink::Message;
using ipvs::netlink::MessageBatch;
using namespace wire;
using namespace std::chrono_literals;

constexpr std::uint16_t kFamily = 28;
constexpr std::uint32_t kPort = 4711;

const Status kOk = Status::Ok();
Status Refused(int error, std::string text = {}) {
  return Status::Failure(Source::kKernel, error, std::move(text));
}
const Status kDeadline = Status::Failure(Source::kDeadline, ETIMEDOUT);
const Status kLost = Status::Failure(Source::kLost, ENOBUFS);
const Status kMalformed = Status::Failure(Source::kMalformed, EBADMSG);

// A connection over a script, and what it makes of the answers.
struct Talk {
  explicit Talk(std::chrono::milliseconds timeout = 1s, std::uint32_t first_sequence = 1)
      : connection(std::make_unique<ScriptedChannel>(script), timeout, first_sequence) {}

  // The answers to so many requests and to the mark behind them.
  std::vector<Status> ExchangeMarked(std::size_t count) {
    MessageBatch batch;
    Fill(batch, count);
    batch.Mark();
    return connection.Exchange(batch, [](std::size_t, const Message&) { return Status::Ok(); });
  }

  static void Fill(MessageBatch& batch, std::size_t count) {
    for (std::size_t index = 0; index < count; ++index) {
      batch.Begin(kFamily, 0);
      REQUIRE(batch.End());
    }
  }

  std::vector<Status> Exchange(std::size_t count) {
    MessageBatch batch;
    Fill(batch, count);
    return connection.Exchange(batch, [&](std::size_t index, const Message& message) {
      replies.emplace_back(index, Bytes(message.payload));
      return reply_status;
    });
  }

  Status Dump(std::size_t* blocks = nullptr) {
    MessageBatch batch;
    batch.Begin(kFamily, NLM_F_DUMP);
    REQUIRE(batch.End());
    return connection.Dump(
        batch,
        [&](const Message& message) {
          entries.push_back(Bytes(message.payload));
          return entry_status;
        },
        blocks);
  }

  std::shared_ptr<Script> script = std::make_shared<Script>();
  Connection connection;
  std::vector<std::pair<std::size_t, Bytes>> replies;
  std::vector<Bytes> entries;
  Status reply_status;
  Status entry_status;
};

Bytes Entry(std::uint32_t sequence, const Bytes& payload, std::uint16_t flags = 0) {
  return MessageOf(kFamily, static_cast<std::uint16_t>(NLM_F_MULTI | flags), sequence, kPort,
                   payload);
}

using Statuses = std::vector<Status>;
using Replies = std::vector<std::pair<std::size_t, Bytes>>;
using Entries = std::vector<Bytes>;

}  // namespace

TEST_SUITE("exchange") {
  TEST_CASE("a batch is one datagram with the acknowledgement asked of the last") {
    Talk talk;
    talk.script->Bring({Ack(3, kPort)});
    CHECK(talk.Exchange(3) == Statuses{kOk, kOk, kOk});
    CHECK(talk.script->sent == std::vector<Bytes>{Join({Header(16, kFamily, 1, 1, 0),  //
                                                        Header(16, kFamily, 1, 2, 0),  //
                                                        Header(16, kFamily, 5, 3, 0)})});
    CHECK(talk.script->received == 1);
    CHECK_FALSE(talk.connection.broken());
  }

  TEST_CASE("an empty batch sends nothing and waits for nothing") {
    Talk talk;
    CHECK(talk.Exchange(0).empty());
    CHECK(talk.script->sent.empty());
    CHECK(talk.script->received == 0);
  }

  TEST_CASE("sequence numbers go on where the last batch ended") {
    Talk talk;
    talk.script->Bring({Ack(2, kPort)});
    talk.script->Bring({Ack(3, kPort)});
    CHECK(talk.Exchange(2) == Statuses{kOk, kOk});
    CHECK(talk.Exchange(1) == Statuses{kOk});
    CHECK(talk.script->sent.back() == Header(16, kFamily, 5, 3, 0));
  }

  TEST_CASE("each failure belongs to its own request") {
    Talk talk;
    talk.script->Bring({Verdict(2, kPort, EEXIST)});
    talk.script->Bring({VerdictWithText(4, kPort, ERANGE, "too small"), Ack(5, kPort)});
    CHECK(talk.Exchange(5) ==
          Statuses{kOk, Refused(EEXIST), kOk, Refused(ERANGE, "too small"), kOk});
    CHECK_FALSE(talk.connection.broken());
  }

  TEST_CASE("the failure of the last request is its acknowledgement") {
    Talk talk;
    talk.script->Bring({Verdict(2, kPort, ESRCH)});
    CHECK(talk.Exchange(2) == Statuses{kOk, Refused(ESRCH)});
    CHECK(talk.script->received == 1);
    CHECK_FALSE(talk.connection.broken());
  }

  TEST_CASE("every request of a batch can fail") {
    Talk talk;
    for (std::uint32_t sequence = 1; sequence <= 200; ++sequence) {
      talk.script->Bring({Verdict(sequence, kPort, ENOENT)});
    }
    CHECK(talk.Exchange(200) == Statuses(200, Refused(ENOENT)));
    CHECK_FALSE(talk.connection.broken());
  }

  TEST_CASE("a reply comes before the acknowledgement and goes to the handler of its request") {
    Talk talk;
    talk.script->Bring({MessageOf(kFamily, 0, 1, kPort, Raw({1, 2, 3, 4}))});
    talk.script->Bring({MessageOf(kFamily, 0, 2, kPort, Raw({5, 6, 7, 8})), Ack(2, kPort)});
    CHECK(talk.Exchange(2) == Statuses{kOk, kOk});
    CHECK(talk.replies == Replies{{0, Raw({1, 2, 3, 4})}, {1, Raw({5, 6, 7, 8})}});
  }

  TEST_CASE("a reply the handler cannot read fails its request and no other") {
    Talk talk;
    talk.reply_status = Status::Failure(Source::kMalformed, EBADMSG, "not for me");
    talk.script->Bring({MessageOf(kFamily, 0, 2, kPort, U32(0))});
    talk.script->Bring({Ack(3, kPort)});
    CHECK(talk.Exchange(3) == Statuses{kOk, talk.reply_status, kOk});
    CHECK_FALSE(talk.connection.broken());
  }

  TEST_CASE("a reply of the last request does not stand for its acknowledgement") {
    Talk talk;
    talk.script->Bring({MessageOf(kFamily, 0, 1, kPort, U32(0))});
    CHECK(talk.Exchange(1) == Statuses{kDeadline});
    CHECK(talk.connection.broken());
  }

  TEST_CASE("answers with foreign sequence numbers are passed over") {
    Talk talk;
    talk.script->Bring(
        {Verdict(0, kPort, EPERM), Verdict(3, kPort, EPERM), Verdict(0xffffffff, kPort, EPERM)});
    talk.script->Bring({MessageOf(kFamily, 0, 77, kPort, U32(0)), Ack(2, kPort)});
    CHECK(talk.Exchange(2) == Statuses{kOk, kOk});
    CHECK(talk.replies.empty());
  }

  TEST_CASE("behind a mark a request that was not answered was done") {
    Talk talk;
    talk.script->Bring({Ack(2, kPort)});
    CHECK(talk.ExchangeMarked(1) == Statuses{kOk, kOk});
    talk.script->Bring({Verdict(3, kPort, EEXIST)});
    talk.script->Bring({Ack(6, kPort)});
    CHECK(talk.ExchangeMarked(3) == Statuses{Refused(EEXIST), kOk, kOk, kOk});
    CHECK_FALSE(talk.connection.broken());
  }

  TEST_CASE("the refusal of the request before a mark is its own") {
    Talk talk;
    talk.script->Bring({Verdict(2, kPort, ESRCH), Ack(3, kPort)});
    CHECK(talk.ExchangeMarked(2) == Statuses{kOk, Refused(ESRCH), kOk});
    CHECK_FALSE(talk.connection.broken());
  }

  TEST_CASE("where not even the mark is answered, what stands before it is not known") {
    Talk talk;
    talk.script->Bring({Verdict(1, kPort, EEXIST)});
    CHECK(talk.ExchangeMarked(2) == Statuses{Refused(EEXIST), kDeadline, kDeadline});
    CHECK(talk.connection.broken());
  }

  TEST_CASE("answers for another port are passed over") {
    Talk talk;
    talk.script->Bring({Verdict(1, kPort + 1, EPERM), Verdict(1, 0, EPERM),
                        MessageOf(kFamily, 0, 1, kPort + 1, U32(0)), Ack(1, kPort)});
    CHECK(talk.Exchange(1) == Statuses{kOk});
    CHECK(talk.replies.empty());
  }

  TEST_CASE("control messages that are no answers are passed over") {
    Talk talk;
    talk.script->Bring({MessageOf(NLMSG_NOOP, 0, 1, kPort, {}),
                        MessageOf(NLMSG_OVERRUN, 0, 1, kPort, {}), Ack(1, kPort)});
    CHECK(talk.Exchange(1) == Statuses{kOk});
    CHECK(talk.replies.empty());
  }

  TEST_CASE("an acknowledgement that comes twice does no harm, now or to the next batch") {
    Talk talk;
    talk.script->Bring({Ack(1, kPort), Ack(1, kPort), Ack(2, kPort)});
    talk.script->Bring({Ack(2, kPort)});
    talk.script->Bring({Verdict(3, kPort, EEXIST)});
    CHECK(talk.Exchange(2) == Statuses{kOk, kOk});
    CHECK(talk.Exchange(1) == Statuses{Refused(EEXIST)});
  }

  TEST_CASE("an acknowledgement in the middle does not end the batch") {
    Talk talk;
    talk.script->Bring({Ack(1, kPort)});
    talk.script->Bring({Verdict(2, kPort, EEXIST)});
    CHECK(talk.Exchange(2) == Statuses{kOk, Refused(EEXIST)});
  }

  TEST_CASE("sequence numbers run over the end of 32 bits and answers still find their requests") {
    Talk talk(1s, 0xfffffffe);
    talk.script->Bring({Verdict(0xffffffff, kPort, EEXIST), Verdict(0, kPort, ENOENT)});
    talk.script->Bring({Ack(1, kPort)});
    talk.script->Bring({Ack(2, kPort)});
    CHECK(talk.Exchange(4) == Statuses{kOk, Refused(EEXIST), Refused(ENOENT), kOk});
    CHECK(talk.Exchange(1) == Statuses{kOk});
    CHECK(talk.script->sent.back() == Header(16, kFamily, 5, 2, 0));
  }

  TEST_CASE("a datagram that cannot be sent fails all its requests and breaks the connection") {
    for (const int error : {EMSGSIZE, ENOBUFS, ECONNREFUSED}) {
      Talk talk;
      talk.script->send_error = error;
      CHECK(talk.Exchange(2) == Statuses(2, Status::Failure(Source::kSocket, error)));
      CHECK(talk.connection.broken());
      CHECK(talk.script->received == 0);
    }
  }

  TEST_CASE("without an answer every request ends at the deadline") {
    Talk talk;
    CHECK(talk.Exchange(3) == Statuses(3, kDeadline));
    CHECK(talk.connection.broken());
  }

  TEST_CASE("the deadline is the whole timeout at first") {
    Talk talk(250ms);
    CHECK(talk.Exchange(1) == Statuses{kDeadline});
    REQUIRE(talk.script->waits.size() == 1);
    CHECK(talk.script->waits.front() > 200ms);
    CHECK(talk.script->waits.front() <= 250ms);
  }

  TEST_CASE("what was settled before the deadline stays settled") {
    Talk talk;
    talk.script->Bring({Verdict(2, kPort, EEXIST)});
    CHECK(talk.Exchange(4) == Statuses{kOk, Refused(EEXIST), kDeadline, kDeadline});
    CHECK(talk.connection.broken());
  }

  TEST_CASE("a reply settles what stood before it") {
    Talk talk;
    talk.script->Bring({MessageOf(kFamily, 0, 2, kPort, U32(0))});
    CHECK(talk.Exchange(4) == Statuses{kOk, kOk, kDeadline, kDeadline});
  }

  TEST_CASE("a wait that is broken off closes what is not settled") {
    Talk talk;
    talk.script->Bring({Verdict(1, kPort, EEXIST)});
    talk.script->Fail(ECANCELED);
    CHECK(talk.Exchange(2) ==
          Statuses{Refused(EEXIST), Status::Failure(Source::kClosed, ECANCELED)});
    CHECK(talk.connection.broken());
  }

  TEST_CASE("an error of the socket is told as it is") {
    Talk talk;
    talk.script->Fail(ENOMEM);
    CHECK(talk.Exchange(1) == Statuses{Status::Failure(Source::kSocket, ENOMEM)});
    CHECK(talk.connection.broken());
  }

  TEST_CASE("after an overrun the answers still in the queue count and the rest is lost") {
    Talk talk;
    talk.script->Fail(ENOBUFS);
    talk.script->Bring({Verdict(2, kPort, EEXIST)});
    talk.script->Bring({Verdict(3, kPort, ENOENT)});
    CHECK(talk.Exchange(5) == Statuses{kOk, Refused(EEXIST), Refused(ENOENT), kLost, kLost});
    CHECK(talk.connection.broken());
  }

  TEST_CASE("after an overrun nothing is waited for") {
    Talk talk(10s);
    talk.script->Fail(ENOBUFS);
    CHECK(talk.Exchange(2) == Statuses(2, kLost));
    REQUIRE(talk.script->waits.size() == 1);
    CHECK(talk.script->waits.front() == 0ms);
  }

  TEST_CASE("answers before an overrun count as well as those after it") {
    Talk talk;
    talk.script->Bring({Verdict(1, kPort, EEXIST)});
    talk.script->Fail(ENOBUFS);
    talk.script->Bring({Verdict(3, kPort, EEXIST)});
    CHECK(talk.Exchange(4) == Statuses{Refused(EEXIST), kOk, Refused(EEXIST), kLost});
    CHECK(talk.connection.broken());
  }

  TEST_CASE("after an overrun the queue is read to its end, however long it is") {
    Talk talk;
    talk.script->Fail(ENOBUFS);
    for (std::uint32_t sequence = 1; sequence <= 250; ++sequence) {
      talk.script->Bring({Verdict(sequence, kPort, EEXIST)});
    }
    Statuses expected(250, Refused(EEXIST));
    expected.resize(256, kLost);
    CHECK(talk.Exchange(256) == expected);
    CHECK(talk.connection.broken());
  }

  TEST_CASE("a second overrun ends the reading") {
    Talk talk;
    talk.script->Fail(ENOBUFS);
    talk.script->Fail(ENOBUFS);
    CHECK(talk.Exchange(2) == Statuses(2, kLost));
    CHECK(talk.script->received == 2);
  }

  TEST_CASE(
      "the last acknowledgement after an overrun settles everything but the connection is broken") {
    Talk talk;
    talk.script->Fail(ENOBUFS);
    talk.script->Bring({Ack(2, kPort)});
    CHECK(talk.Exchange(2) == Statuses{kOk, kOk});
    CHECK(talk.connection.broken());
  }

  TEST_CASE("a datagram larger than the buffer is malformed") {
    Talk talk;
    talk.script->Bring({MessageOf(kFamily, 0, 1, kPort, Repeat(70'000, 0))});
    CHECK(talk.Exchange(2) == Statuses(2, Status::Failure(Source::kMalformed, EMSGSIZE)));
    CHECK(talk.connection.broken());
  }

  TEST_CASE("a message that is cut off is malformed, after those before it were heard") {
    Talk talk;
    talk.script->Bring({Verdict(1, kPort, EEXIST), Header(200, kFamily, 0, 2, kPort)});
    CHECK(talk.Exchange(3) == Statuses{Refused(EEXIST), kMalformed, kMalformed});
    CHECK(talk.connection.broken());
  }

  TEST_CASE("a verdict that says nothing is malformed") {
    for (const Bytes& payload : {Repeat(2, 0xff), I32(17), I32(-100'000)}) {
      Talk talk;
      talk.script->Bring({MessageOf(NLMSG_ERROR, 0, 1, kPort, payload)});
      CHECK(talk.Exchange(2) == Statuses(2, kMalformed));
      CHECK(talk.connection.broken());
    }
  }

  TEST_CASE("an empty datagram is passed over") {
    Talk talk;
    talk.script->Bring({});
    talk.script->Bring({Ack(1, kPort)});
    CHECK(talk.Exchange(1) == Statuses{kOk});
  }

  TEST_CASE("answers without end that belong to nobody end at the deadline") {
    Talk talk(20ms);
    talk.script->endless = true;
    talk.script->Bring({Ack(1000, kPort)});
    const auto start = std::chrono::steady_clock::now();
    CHECK(talk.Exchange(1) == Statuses{kDeadline});
    const auto took = std::chrono::steady_clock::now() - start;
    CHECK(took >= 20ms);
    CHECK(took < 2s);
    CHECK(talk.connection.broken());
  }
}

TEST_SUITE("dump") {
  TEST_CASE("a dump is one request that asks for no acknowledgement") {
    Talk talk;
    talk.script->Bring({Done(1, kPort)});
    CHECK(talk.Dump() == kOk);
    CHECK(talk.script->sent == std::vector<Bytes>{Header(16, kFamily, 0x301, 1, 0)});
    CHECK(talk.entries.empty());
    CHECK_FALSE(talk.connection.broken());
  }

  TEST_CASE("entries come over several datagrams up to the end") {
    Talk talk;
    talk.script->Bring({Entry(1, U32(10)), Entry(1, U32(11))});
    talk.script->Bring({Entry(1, U32(12))});
    talk.script->Bring({Done(1, kPort)});
    CHECK(talk.Dump() == kOk);
    CHECK(talk.entries == Entries{U32(10), U32(11), U32(12)});
    CHECK(talk.script->received == 3);
  }

  TEST_CASE("the datagrams that held entries are counted, and no others") {
    Talk talk;
    talk.script->Bring({Entry(1, U32(10)), Entry(1, U32(11))});
    talk.script->Bring({Entry(2, U32(12)), MessageOf(NLMSG_NOOP, 0, 1, kPort, {})});
    talk.script->Bring({});
    talk.script->Bring({Entry(1, U32(13)), Done(1, kPort)});
    std::size_t blocks = 0;
    CHECK(talk.Dump(&blocks) == kOk);
    CHECK(blocks == 2);
    talk.script->Bring({Done(2, kPort)});
    blocks = 0;
    CHECK(talk.Dump(&blocks) == kOk);
    CHECK(blocks == 0);
  }

  TEST_CASE("the end can stand in the datagram of the last entries, and without a number") {
    Talk talk;
    talk.script->Bring({Entry(1, U32(10)), MessageOf(NLMSG_DONE, NLM_F_MULTI, 1, kPort, {})});
    CHECK(talk.Dump() == kOk);
    CHECK(talk.entries == Entries{U32(10)});
  }

  TEST_CASE("the end with an errno fails the dump and leaves the connection whole") {
    Talk talk;
    talk.script->Bring({Entry(1, U32(10)), Done(1, kPort, ENODEV)});
    CHECK(talk.Dump() == Refused(ENODEV));
    CHECK_FALSE(talk.connection.broken());
    talk.script->Bring({Done(2, kPort)});
    CHECK(talk.Dump() == kOk);
  }

  TEST_CASE("a dump that is refused has an error in place of the entries") {
    Talk talk;
    talk.script->Bring({VerdictWithText(1, kPort, EPERM, "not you")});
    CHECK(talk.Dump() == Refused(EPERM, "not you"));
    CHECK_FALSE(talk.connection.broken());
  }

  TEST_CASE("an acknowledgement before the entries is not the end") {
    Talk talk;
    talk.script->Bring({Ack(1, kPort), Entry(1, U32(10)), Done(1, kPort)});
    CHECK(talk.Dump() == kOk);
    CHECK(talk.entries == Entries{U32(10)});
  }

  TEST_CASE(
      "a table that changed meanwhile is said to be so, at whichever message the kernel says it") {
    for (const bool at_end : {false, true}) {
      Talk talk;
      talk.script->Bring({Entry(1, U32(10), at_end ? 0 : NLM_F_DUMP_INTR)});
      talk.script->Bring({MessageOf(
          NLMSG_DONE, at_end ? NLM_F_MULTI | NLM_F_DUMP_INTR : NLM_F_MULTI, 1, kPort, I32(0))});
      CHECK(talk.Dump() == Status::Failure(Source::kInterrupted, EINTR));
      CHECK_FALSE(talk.connection.broken());
    }
  }

  TEST_CASE("entries of another dump or for another port are passed over") {
    Talk talk;
    talk.script->Bring({Entry(2, U32(1)), MessageOf(kFamily, NLM_F_MULTI, 1, kPort + 1, U32(2)),
                        Done(7, kPort, EPERM), Verdict(0, kPort, EPERM), Entry(1, U32(3))});
    talk.script->Bring({Done(1, kPort)});
    CHECK(talk.Dump() == kOk);
    CHECK(talk.entries == Entries{U32(3)});
  }

  TEST_CASE("control messages are no entries") {
    Talk talk;
    talk.script->Bring({MessageOf(NLMSG_NOOP, 0, 1, kPort, {}),
                        MessageOf(NLMSG_OVERRUN, 0, 1, kPort, {}), Done(1, kPort)});
    CHECK(talk.Dump() == kOk);
    CHECK(talk.entries.empty());
  }

  TEST_CASE("an entry that cannot be read ends the dump and breaks the connection") {
    Talk talk;
    talk.entry_status = Status::Failure(Source::kMalformed, EBADMSG, "what is this");
    talk.script->Bring({Entry(1, U32(1)), Entry(1, U32(2)), Done(1, kPort)});
    CHECK(talk.Dump() == talk.entry_status);
    CHECK(talk.entries.size() == 1);
    CHECK(talk.connection.broken());
  }

  TEST_CASE("a dump that cannot be asked for breaks the connection") {
    Talk talk;
    talk.script->send_error = ENOBUFS;
    CHECK(talk.Dump() == Status::Failure(Source::kSocket, ENOBUFS));
    CHECK(talk.connection.broken());
  }

  TEST_CASE("a dump that does not go on ends at the deadline") {
    Talk talk;
    talk.script->Bring({Entry(1, U32(1))});
    CHECK(talk.Dump() == kDeadline);
    CHECK(talk.connection.broken());
  }

  TEST_CASE("a dump without end ends at the deadline, though there is always something to read") {
    Talk talk(20ms);
    talk.script->endless = true;
    talk.script->Bring({Entry(1, U32(1))});
    const auto start = std::chrono::steady_clock::now();
    CHECK(talk.Dump() == kDeadline);
    const auto took = std::chrono::steady_clock::now() - start;
    CHECK(took >= 20ms);
    CHECK(took < 2s);
    CHECK(talk.entries.size() >= 64);
    CHECK(talk.connection.broken());
  }

  TEST_CASE("lost entries fail the dump") {
    Talk talk;
    talk.script->Bring({Entry(1, U32(1))});
    talk.script->Fail(ENOBUFS);
    CHECK(talk.Dump() == kLost);
    CHECK(talk.connection.broken());
  }

  TEST_CASE("a wait that is broken off closes the dump") {
    Talk talk;
    talk.script->Fail(ECANCELED);
    CHECK(talk.Dump() == Status::Failure(Source::kClosed, ECANCELED));
    CHECK(talk.connection.broken());
  }

  TEST_CASE("what is cut off or says nothing is malformed") {
    const Bytes entry = Entry(1, U32(1));
    for (const Bytes& datagram :
         {Join({entry, Repeat(7, 1)}), Join({entry, Header(400, kFamily, 0, 1, kPort)}),
          MessageOf(NLMSG_DONE, 0, 1, kPort, I32(36)), MessageOf(NLMSG_ERROR, 0, 1, kPort, {})}) {
      Talk talk;
      talk.script->Bring({datagram});
      CHECK(talk.Dump() == kMalformed);
      CHECK(talk.connection.broken());
    }
  }

  TEST_CASE("a datagram larger than the buffer is malformed") {
    Talk talk;
    talk.script->Bring({Entry(1, Repeat(70'000, 0))});
    CHECK(talk.Dump() == Status::Failure(Source::kMalformed, EMSGSIZE));
    CHECK(talk.connection.broken());
  }
}

TEST_SUITE("deadline") {
  using ipvs::netlink::Deadline;

  TEST_CASE("nothing is left of no time, and of less than none") {
    CHECK(Deadline(0ms).Remaining() == 0ms);
    CHECK(Deadline(-5ms).Remaining() == 0ms);
  }

  TEST_CASE("the clock starts at the first look") {
    Deadline deadline(50ms);
    std::this_thread::sleep_for(60ms);
    CHECK(deadline.Remaining() > 0ms);
    std::this_thread::sleep_for(60ms);
    CHECK(deadline.Remaining() == 0ms);
  }

  TEST_CASE("what is left is rounded up, so that nobody waits for nothing") {
    Deadline deadline(1ms);
    CHECK(deadline.Remaining() == 1ms);
  }

  TEST_CASE("the longest limit there is has not passed") {
    CHECK(Deadline(std::chrono::milliseconds::max()).Remaining() > 24h);
    CHECK(Deadline(std::chrono::milliseconds(0x1fffffffffffff)).Remaining() > 24h);
  }
}
