#include "netlink/generic_family.h"

#include <doctest/doctest.h>
#include <linux/genetlink.h>

#include <cerrno>
#include <chrono>
#include <memory>

#include "print.h"
#include "scripted_channel.h"
#include "wire.h"

namespace {

using ipvs::Source;
using ipvs::Status;
using ipvs::netlink::Connection;
using ipvs::netlink::MessageBatch;
using namespace wire;

constexpr std::uint32_t kPort = 4711;

struct Resolution {
  Status Run(std::string_view name = "IPVS") {
    Connection connection(std::make_unique<ScriptedChannel>(script), std::chrono::seconds(1));
    return ipvs::netlink::ResolveFamily(connection, name, &id);
  }

  void Answer(const Bytes& attributes) {
    script->Bring({MessageOf(GENL_ID_CTRL, 0, 1, kPort, Generic(CTRL_CMD_NEWFAMILY, attributes, 2)),
                   Ack(1, kPort)});
  }

  std::shared_ptr<Script> script = std::make_shared<Script>();
  std::uint16_t id = 0;
};

const Status kUnreadable = Status::Failure(Source::kMalformed, EBADMSG);

}  // namespace

TEST_SUITE("generic family") {
  TEST_CASE("the request asks the controller for the family by its name") {
    Resolution resolution;
    resolution.Answer(AttributeOf(CTRL_ATTR_FAMILY_ID, U16(28)));
    CHECK(resolution.Run() == Status::Ok());
    CHECK(resolution.script->sent ==
          std::vector<Bytes>{Join({Header(32, 16, NLM_F_REQUEST | NLM_F_ACK, 1, 0),  //
                                   Raw({3, 1, 0, 0}),                                // GETFAMILY
                                   U16(9), U16(2), Raw({'I', 'P', 'V', 'S', 0, 0, 0, 0})})});
  }

  TEST_CASE("the number is found among the other things the controller tells") {
    Resolution resolution;
    resolution.Answer(
        Join({AttributeOf(CTRL_ATTR_FAMILY_NAME, Text("IPVS")),
              AttributeOf(CTRL_ATTR_FAMILY_ID, U16(29)), AttributeOf(CTRL_ATTR_VERSION, U32(1)),
              AttributeOf(CTRL_ATTR_OPS, Repeat(200, 1)), AttributeOf(60'000 & 0x3fff, U32(5))}));
    CHECK(resolution.Run() == Status::Ok());
    CHECK(resolution.id == 29);
  }

  TEST_CASE("a family that is not there is told from everything else") {
    Resolution resolution;
    resolution.script->Bring({Verdict(1, kPort, ENOENT)});
    CHECK(resolution.Run() == Status::Failure(Source::kFamily, ENOENT));
    CHECK(resolution.id == 0);
  }

  TEST_CASE("the controller's own words come along") {
    Resolution resolution;
    resolution.script->Bring({VerdictWithText(1, kPort, EINVAL, "no such thing")});
    CHECK(resolution.Run() == Status::Failure(Source::kFamily, EINVAL, "no such thing"));
  }

  TEST_CASE("a failure that is not the kernel's answer keeps its source") {
    Resolution deadline;
    CHECK(deadline.Run() == Status::Failure(Source::kDeadline, ETIMEDOUT));
    Resolution socket;
    socket.script->send_error = EPERM;
    CHECK(socket.Run() == Status::Failure(Source::kSocket, EPERM));
  }

  TEST_CASE("an answer without a number is malformed") {
    for (const Bytes& attributes :
         {Bytes{}, AttributeOf(CTRL_ATTR_FAMILY_NAME, Text("IPVS")),
          AttributeOf(CTRL_ATTR_FAMILY_ID, U16(0)), AttributeOf(CTRL_ATTR_FAMILY_ID, U8(28)),
          Join({U16(100), U16(CTRL_ATTR_FAMILY_ID), U16(28)})}) {
      Resolution resolution;
      resolution.Answer(attributes);
      CHECK(resolution.Run() == kUnreadable);
      CHECK(resolution.id == 0);
    }
  }

  TEST_CASE(
      "an answer too short for a header, and an acknowledgement without any answer, are "
      "malformed") {
    Resolution brief;
    brief.script->Bring({MessageOf(GENL_ID_CTRL, 0, 1, kPort, Raw({1, 2})), Ack(1, kPort)});
    CHECK(brief.Run() == kUnreadable);
    Resolution none;
    none.script->Bring({Ack(1, kPort)});
    CHECK(none.Run() == kUnreadable);
  }

  TEST_CASE("a name that fits no attribute is not sent") {
    Resolution resolution;
    CHECK(resolution.Run(std::string(70'000, 'x')) == Status::Failure(Source::kFamily, EINVAL));
    CHECK(resolution.script->sent.empty());
  }

  TEST_CASE("a generic message starts with its command and version") {
    MessageBatch batch;
    ipvs::netlink::BeginGeneric(batch, 28, NLM_F_DUMP, 4, 1);
    REQUIRE(batch.End());
    batch.Seal(7, false);
    CHECK(Bytes(batch.bytes()) == Join({Header(20, 28, 0x301, 7, 0), Raw({4, 1, 0, 0})}));
  }

  TEST_CASE("the attributes of a generic message stand behind four bytes") {
    const Bytes payload = Generic(1, Raw({9, 9}));
    const auto attributes = ipvs::netlink::GenericAttributes({{}, payload});
    REQUIRE(attributes);
    CHECK(Bytes(*attributes) == Raw({9, 9}));
    CHECK(ipvs::netlink::GenericAttributes({{}, std::span(payload).first(4)})->empty());
    CHECK_FALSE(ipvs::netlink::GenericAttributes({{}, std::span(payload).first(3)}));
  }
}
