// A datagram of netlink messages: none lies outside it, verdicts are errnos, and what is written
// again is read again.

#include "netlink/message.h"

#include "check.h"
#include "netlink/align.h"
#include "netlink/generic_family.h"

namespace {

using fuzz::Check;
using ipvs::netlink::Align;
using ipvs::netlink::Message;
using ipvs::netlink::MessageBatch;
using ipvs::netlink::MessageReader;
using ipvs::netlink::Verdict;

constexpr int kMaximumErrno = 4095;

std::vector<Message> ReadAll(std::span<const std::byte> datagram, bool* malformed) {
  std::vector<Message> all;
  MessageReader reader(datagram);
  const std::byte* before = datagram.data();
  const std::byte* const end = datagram.data() + datagram.size();
  while (const auto message = reader.Next()) {
    const std::byte* const first = message->payload.data();
    Check(first >= before + NLMSG_HDRLEN, "a message comes after the one before");
    Check(first + message->payload.size() <= end, "a message ends inside the datagram");
    Check(message->payload.size() + NLMSG_HDRLEN == message->header.nlmsg_len,
          "a message is as long as it says");
    before = first + message->payload.size();
    all.push_back(*message);
  }
  *malformed = reader.malformed();
  Check(!reader.Next() && reader.malformed() == *malformed, "the end is the end");
  return all;
}

void CheckVerdict(const std::optional<Verdict>& verdict) {
  if (!verdict) return;
  Check(verdict->error >= 0 && verdict->error <= kMaximumErrno, "a verdict is an errno");
  Check(verdict->text.find('\0') == std::string::npos, "a text ends before its NUL");
}

// The header a writer gives a message that has this one.
nlmsghdr HeaderAsWritten(const Message& message, std::uint32_t sequence, bool last) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + Align(message.payload.size()));
  header.nlmsg_type = message.header.nlmsg_type;
  header.nlmsg_flags = static_cast<std::uint16_t>(message.header.nlmsg_flags | NLM_F_REQUEST |
                                                  (last ? NLM_F_ACK : 0));
  header.nlmsg_seq = sequence;
  return header;
}

void CheckWritten(const std::vector<Message>& messages, std::uint32_t first) {
  MessageBatch batch;
  for (const Message& each : messages) {
    batch.Begin(each.header.nlmsg_type, each.header.nlmsg_flags);
    batch.Append(each.payload);
    Check(batch.End(), "what was read can be written");
  }
  batch.Seal(first, true);
  Check(batch.count() == messages.size(), "every message is counted");
  bool malformed = false;
  const auto again = ReadAll(batch.bytes(), &malformed);
  Check(!malformed && again.size() == messages.size(), "what was written can be read");
  for (std::size_t index = 0; index < again.size(); ++index) {
    const Message& before = messages[index];
    const auto header = HeaderAsWritten(before, first + static_cast<std::uint32_t>(index),
                                        index + 1 == messages.size());
    Check(fuzz::SameRecord(again[index].header, header), "a header is written as it was read");
    Check(fuzz::Same(again[index].payload.first(before.payload.size()), before.payload),
          "a payload is written as it was read");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bool malformed = false;
  const auto messages = ReadAll(fuzz::InputOf(data, size), &malformed);
  for (const Message& each : messages) {
    CheckVerdict(ipvs::netlink::ReadError(each));
    CheckVerdict(ipvs::netlink::ReadDone(each));
    const auto attributes = ipvs::netlink::GenericAttributes(each);
    Check(attributes.has_value() == (each.payload.size() >= 4), "a generic header has four bytes");
  }
  // Sequence numbers begin again after the largest.
  CheckWritten(messages, 0xffff'fffe);
  return 0;
}
