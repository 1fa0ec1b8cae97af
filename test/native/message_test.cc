#include "netlink/message.h"

#include <doctest/doctest.h>
#include <linux/netlink.h>

#include <cerrno>
#include <string>

#include "random.h"
#include "wire.h"

namespace {

using ipvs::netlink::Message;
using ipvs::netlink::MessageBatch;
using ipvs::netlink::MessageReader;
using ipvs::netlink::ReadDone;
using ipvs::netlink::ReadError;
using namespace wire;

constexpr std::uint16_t kFamily = 28;

Bytes Sealed(MessageBatch& batch, std::uint32_t first, bool acknowledge_last) {
  batch.Seal(first, acknowledge_last);
  return Bytes(batch.bytes());
}

// The one message in `bytes`; a message that cannot be read fails the test.
struct Single {
  explicit Single(const Bytes& from) : bytes(from.begin(), from.end()) {
    MessageReader reader(bytes);
    const auto read = reader.Next();
    REQUIRE(read);
    message = *read;
  }
  std::vector<std::byte> bytes;
  Message message{};
};

}  // namespace

TEST_SUITE("message batch") {
  TEST_CASE("a new batch is empty") {
    MessageBatch batch;
    CHECK(batch.empty());
    CHECK(batch.count() == 0);
    CHECK(batch.bytes().empty());
  }

  TEST_CASE("a message is a header, what was appended and its attributes") {
    MessageBatch batch;
    batch.Begin(kFamily, 0);
    batch.Append(Raw({4, 1, 0, 0}));
    batch.attributes().Integer(1, std::uint32_t{7});
    REQUIRE(batch.End());
    CHECK(Sealed(batch, 5, false) == Join({U32(28), U16(28), U16(NLM_F_REQUEST), U32(5), U32(0),  //
                                           Raw({4, 1, 0, 0}), U16(8), U16(1), U32(7)}));
  }

  TEST_CASE("the caller's flags are added to the request flag") {
    MessageBatch batch;
    batch.Begin(kFamily, NLM_F_DUMP);
    REQUIRE(batch.End());
    CHECK(Sealed(batch, 9, false) == Header(16, kFamily, 0x301, 9, 0));
  }

  TEST_CASE("a fixed header is padded to four bytes before the attributes") {
    MessageBatch batch;
    batch.Begin(kFamily, 0);
    batch.Append(Raw({1, 2, 3, 4, 5}));
    batch.attributes().Integer(1, std::uint8_t{6});
    REQUIRE(batch.End());
    CHECK(Sealed(batch, 0, false) == Join({Header(32, kFamily, NLM_F_REQUEST, 0, 0),
                                           Raw({1, 2, 3, 4, 5, 0, 0, 0}), AttributeOf(1, U8(6))}));
  }

  TEST_CASE("sequence numbers count up and only the last message asks for an acknowledgement") {
    MessageBatch batch;
    for (int count = 0; count < 3; ++count) {
      batch.Begin(kFamily, 0);
      REQUIRE(batch.End());
    }
    CHECK(batch.count() == 3);
    CHECK(Sealed(batch, 100, true) == Join({Header(16, kFamily, 1, 100, 0),  //
                                            Header(16, kFamily, 1, 101, 0),  //
                                            Header(16, kFamily, 5, 102, 0)}));
  }

  TEST_CASE("nobody asks for an acknowledgement where none is wanted") {
    MessageBatch batch;
    batch.Begin(kFamily, 0);
    REQUIRE(batch.End());
    CHECK(Sealed(batch, 1, false) == Header(16, kFamily, NLM_F_REQUEST, 1, 0));
  }

  TEST_CASE("sequence numbers run over the end of 32 bits") {
    MessageBatch batch;
    for (int count = 0; count < 3; ++count) {
      batch.Begin(kFamily, 0);
      REQUIRE(batch.End());
    }
    CHECK(Sealed(batch, 0xffffffff, true) == Join({Header(16, kFamily, 1, 0xffffffff, 0),  //
                                                   Header(16, kFamily, 1, 0, 0),           //
                                                   Header(16, kFamily, 5, 1, 0)}));
  }

  TEST_CASE("a message that does not fit its lengths is taken back and the others stay") {
    MessageBatch batch;
    batch.Begin(kFamily, 0);
    batch.attributes().Integer(1, std::uint32_t{1});
    REQUIRE(batch.End());

    batch.Begin(kFamily, 0);
    batch.attributes().Bytes(2, Repeat(70'000, 0));
    CHECK_FALSE(batch.End());
    CHECK(batch.count() == 1);

    batch.Begin(kFamily, 0);
    batch.attributes().Integer(3, std::uint32_t{3});
    REQUIRE(batch.End());
    CHECK(Sealed(batch, 1, true) == Join({Header(24, kFamily, 1, 1, 0), U16(8), U16(1), U32(1),  //
                                          Header(24, kFamily, 5, 2, 0), U16(8), U16(3), U32(3)}));
  }

  TEST_CASE("a batch whose only message was taken back is empty") {
    MessageBatch batch;
    batch.Begin(kFamily, 0);
    batch.attributes().Nested(1, [&] {
      batch.attributes().Bytes(2, Repeat(40'000, 0));
      batch.attributes().Bytes(3, Repeat(40'000, 0));
    });
    CHECK_FALSE(batch.End());
    CHECK(batch.empty());
    CHECK(batch.bytes().empty());
  }

  TEST_CASE(
      "a mark is a control message without content, numbered and acknowledged like the rest") {
    MessageBatch batch;
    batch.Begin(kFamily, 0);
    REQUIRE(batch.End());
    batch.Mark();
    CHECK(batch.count() == 2);
    CHECK(Sealed(batch, 7, true) ==
          Join({Header(16, kFamily, 1, 7, 0), Header(16, NLMSG_NOOP, 5, 8, 0)}));
  }

  TEST_CASE("a cleared batch starts anew") {
    MessageBatch batch;
    batch.Begin(kFamily, 0);
    batch.attributes().Integer(1, std::uint32_t{1});
    REQUIRE(batch.End());
    batch.Clear();
    CHECK(batch.empty());
    batch.Begin(kFamily, 0);
    REQUIRE(batch.End());
    CHECK(Sealed(batch, 1, true) == Header(16, kFamily, 5, 1, 0));
  }
}

TEST_SUITE("message reader") {
  TEST_CASE("no bytes are no messages and nothing is wrong with them") {
    MessageReader reader({});
    CHECK_FALSE(reader.Next());
    CHECK_FALSE(reader.malformed());
  }

  TEST_CASE("messages come in their order, each with its header and payload") {
    const Bytes bytes = Join({MessageOf(kFamily, NLM_F_MULTI, 5, 77, Raw({1, 2, 3})),
                              MessageOf(NLMSG_DONE, 0, 6, 78, {})});
    MessageReader reader(bytes);
    const auto first = reader.Next();
    REQUIRE(first);
    CHECK(first->header.nlmsg_len == 19);
    CHECK(first->header.nlmsg_type == kFamily);
    CHECK(first->header.nlmsg_flags == NLM_F_MULTI);
    CHECK(first->header.nlmsg_seq == 5);
    CHECK(first->header.nlmsg_pid == 77);
    CHECK(Bytes(first->payload) == Raw({1, 2, 3}));
    const auto second = reader.Next();
    REQUIRE(second);
    CHECK(second->header.nlmsg_type == NLMSG_DONE);
    CHECK(second->payload.empty());
    CHECK_FALSE(reader.Next());
    CHECK_FALSE(reader.malformed());
  }

  TEST_CASE("the last message may come without its padding") {
    Bytes bytes = MessageOf(kFamily, 0, 1, 1, Raw({1}));
    bytes.resize(17);
    MessageReader reader(bytes);
    REQUIRE(reader.Next());
    CHECK_FALSE(reader.Next());
    CHECK_FALSE(reader.malformed());
  }

  TEST_CASE("a datagram cut off anywhere is malformed, unless it is cut between two messages") {
    const Bytes whole =
        Join({MessageOf(kFamily, 0, 1, 1, U32(1)), MessageOf(kFamily, 0, 2, 1, U32(2))});
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<long>(size));
      MessageReader reader(cut);
      while (reader.Next()) continue;
      CHECK(reader.malformed() == (size != 20));
    }
  }

  TEST_CASE("a length below a header is malformed and does not stand still") {
    for (const std::uint32_t length : {0u, 1u, 15u}) {
      const Bytes bytes = Header(length, kFamily, 0, 1, 1);
      MessageReader reader(bytes);
      CHECK_FALSE(reader.Next());
      CHECK(reader.malformed());
      CHECK_FALSE(reader.Next());
    }
  }

  TEST_CASE("a length beyond the end is malformed, up to the largest there is") {
    for (const std::uint32_t length : {17u, 20u, 0x7fffffffu, 0xfffffffdu, 0xffffffffu}) {
      const Bytes bytes = Header(length, kFamily, 0, 1, 1);
      MessageReader reader(bytes);
      CHECK_FALSE(reader.Next());
      CHECK(reader.malformed());
    }
  }

  TEST_CASE("malformed is remembered when one asks again") {
    for (const Bytes& bytes : {Header(15, kFamily, 0, 1, 1), Repeat(3, 0)}) {
      MessageReader reader(bytes);
      CHECK_FALSE(reader.Next());
      CHECK_FALSE(reader.Next());
      CHECK(reader.malformed());
    }
  }

  TEST_CASE("random datagrams are never read past their end, nor are the verdicts in them") {
    Random random(99);
    std::size_t messages = 0;
    for (int round = 0; round < 20'000; ++round) {
      // A datagram with the shape of an error and random numbers in some of its places.
      Bytes shaped = Join({VerdictWithText(1, 1, 22, "no"), Done(2, 1, 5)});
      const auto size = static_cast<std::uint32_t>(shaped.size());
      for (std::uint32_t count = random.Below(6); count > 0; --count) {
        shaped[random.Below(size)] = random.Byte(random.OneIn(2) ? 32 : 256);
      }
      if (random.OneIn(2)) shaped.resize(random.Below(size + 1));
      const std::vector<std::byte> bytes(shaped.begin(), shaped.end());
      MessageReader reader(bytes);
      std::size_t seen = 0;
      while (const auto message = reader.Next()) {
        if (message->payload.data() + message->payload.size() > bytes.data() + bytes.size()) {
          FAIL("a payload outside of the datagram");
        }
        for (const auto& verdict : {ReadError(*message), ReadDone(*message)}) {
          if (verdict && (verdict->error < 0 || verdict->error > 4095)) FAIL("no errno");
          if (verdict && verdict->text.size() > bytes.size()) FAIL("too much text");
        }
        ++seen;
      }
      if (seen > bytes.size() / 16) FAIL("more messages than there is room for");
      messages += seen;
    }
    CHECK(messages > 10'000);
  }
}

TEST_SUITE("verdict of an error") {
  const Bytes kEcho = Header(20, kFamily, NLM_F_REQUEST, 3, 0);

  TEST_CASE("errno 0 is an acknowledgement") {
    const Single ack(Ack(3, 1));
    const auto verdict = ReadError(ack.message);
    REQUIRE(verdict);
    CHECK(verdict->error == 0);
    CHECK(verdict->text.empty());
  }

  TEST_CASE("the errno is turned positive") {
    const Single refused(Verdict(3, 1, EEXIST));
    const auto verdict = ReadError(refused.message);
    REQUIRE(verdict);
    CHECK(verdict->error == EEXIST);
  }

  TEST_CASE("a bare errno without the request's header is enough") {
    const Single bare(MessageOf(NLMSG_ERROR, 0, 1, 1, I32(-ESRCH)));
    const auto verdict = ReadError(bare.message);
    REQUIRE(verdict);
    CHECK(verdict->error == ESRCH);
  }

  TEST_CASE("a payload too short for an errno says nothing") {
    for (std::size_t size = 0; size < 4; ++size) {
      const Single cut(MessageOf(NLMSG_ERROR, 0, 1, 1, Repeat(size, 0xff)));
      CHECK_FALSE(ReadError(cut.message));
    }
  }

  TEST_CASE("a positive number or one that no errno has says nothing") {
    for (const std::int32_t value : {1, 22, 0x7fffffff, -4096, -0x7fffffff - 1}) {
      const Single odd(MessageOf(NLMSG_ERROR, 0, 1, 1, I32(value)));
      CHECK_FALSE(ReadError(odd.message));
    }
    const Single last(MessageOf(NLMSG_ERROR, 0, 1, 1, I32(-4095)));
    REQUIRE(ReadError(last.message));
    CHECK(ReadError(last.message)->error == 4095);
  }

  TEST_CASE("the extended text stands behind a capped echo") {
    const Single refused(VerdictWithText(3, 1, ERANGE, "Attribute failed policy validation"));
    const auto verdict = ReadError(refused.message);
    REQUIRE(verdict);
    CHECK(verdict->error == ERANGE);
    CHECK(verdict->text == "Attribute failed policy validation");
  }

  TEST_CASE("the extended text stands behind an echo of the whole request") {
    const Bytes request = MessageOf(kFamily, NLM_F_REQUEST, 3, 0, Repeat(24, 0x11));
    const Single refused(MessageOf(NLMSG_ERROR, NLM_F_ACK_TLVS, 3, 1,
                                   Join({I32(-EINVAL), request,  //
                                         AttributeOf(NLMSGERR_ATTR_OFFS, U32(20)),
                                         AttributeOf(NLMSGERR_ATTR_MSG, Text("too small"))})));
    const auto verdict = ReadError(refused.message);
    REQUIRE(verdict);
    CHECK(verdict->error == EINVAL);
    CHECK(verdict->text == "too small");
  }

  TEST_CASE("an echoed request whose length is no multiple of four is followed by padding") {
    Bytes request = Join({Header(19, kFamily, NLM_F_REQUEST, 3, 0), Repeat(3, 0x11), Repeat(1, 0)});
    const Single refused(
        MessageOf(NLMSG_ERROR, NLM_F_ACK_TLVS, 3, 1,
                  Join({I32(-EINVAL), request, AttributeOf(NLMSGERR_ATTR_MSG, Text("odd"))})));
    const auto verdict = ReadError(refused.message);
    REQUIRE(verdict);
    CHECK(verdict->text == "odd");
  }

  TEST_CASE("without the flag for it, what stands behind the echo is not read") {
    const Single refused(MessageOf(
        NLMSG_ERROR, NLM_F_CAPPED, 3, 1,
        Join({I32(-EINVAL), kEcho, AttributeOf(NLMSGERR_ATTR_MSG, Text("not to be read"))})));
    const auto verdict = ReadError(refused.message);
    REQUIRE(verdict);
    CHECK(verdict->text.empty());
  }

  TEST_CASE("an acknowledgement can carry a text as well") {
    const Single ack(VerdictWithText(3, 1, 0, "bytes leftover after parsing attributes"));
    const auto verdict = ReadError(ack.message);
    REQUIRE(verdict);
    CHECK(verdict->error == 0);
    CHECK(verdict->text == "bytes leftover after parsing attributes");
  }

  TEST_CASE(
      "an echo that claims to be longer than the message, or shorter than a header, has no text") {
    for (const std::uint32_t length : {0u, 15u, 200u, 0xfffffffdu, 0xffffffffu}) {
      const Single refused(MessageOf(NLMSG_ERROR, NLM_F_ACK_TLVS, 3, 1,
                                     Join({I32(-EINVAL), Header(length, kFamily, 1, 3, 0),
                                           AttributeOf(NLMSGERR_ATTR_MSG, Text("lost"))})));
      const auto verdict = ReadError(refused.message);
      REQUIRE(verdict);
      CHECK(verdict->error == EINVAL);
      CHECK(verdict->text.empty());
    }
  }

  TEST_CASE("extended attributes that are cut off leave the errno") {
    const Bytes whole = Join({I32(-EINVAL), kEcho, AttributeOf(NLMSGERR_ATTR_MSG, Text("four"))});
    for (std::size_t size = 4; size < 29; ++size) {
      Bytes cut = whole;
      cut.resize(size);
      const Single refused(MessageOf(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, 3, 1, cut));
      const auto verdict = ReadError(refused.message);
      REQUIRE(verdict);
      CHECK(verdict->error == EINVAL);
      CHECK(verdict->text.empty());
    }
  }
}

TEST_SUITE("verdict of the end of a dump") {
  TEST_CASE("the end carries an errno of 0") {
    const Single done(Done(1, 1));
    const auto verdict = ReadDone(done.message);
    REQUIRE(verdict);
    CHECK(verdict->error == 0);
  }

  TEST_CASE("the end carries the errno with which the dump failed") {
    const Single done(Done(1, 1, ENODEV));
    const auto verdict = ReadDone(done.message);
    REQUIRE(verdict);
    CHECK(verdict->error == ENODEV);
  }

  TEST_CASE("an end without a number is an end") {
    const Single done(MessageOf(NLMSG_DONE, 0, 1, 1, {}));
    const auto verdict = ReadDone(done.message);
    REQUIRE(verdict);
    CHECK(verdict->error == 0);
  }

  TEST_CASE("an end with a positive number or half of one says nothing") {
    for (const Bytes& payload : {I32(36), I32(-5000), Repeat(1, 0), Repeat(3, 0)}) {
      const Single done(MessageOf(NLMSG_DONE, 0, 1, 1, payload));
      CHECK_FALSE(ReadDone(done.message));
    }
  }

  TEST_CASE("the extended text stands right behind the number") {
    const Bytes payload = Join({I32(-EINVAL), AttributeOf(NLMSGERR_ATTR_MSG, Text("bad index"))});
    const Single with(MessageOf(NLMSG_DONE, NLM_F_ACK_TLVS, 1, 1, payload));
    REQUIRE(ReadDone(with.message));
    CHECK(ReadDone(with.message)->text == "bad index");
    const Single without(MessageOf(NLMSG_DONE, 0, 1, 1, payload));
    REQUIRE(ReadDone(without.message));
    CHECK(ReadDone(without.message)->text.empty());
  }
}
