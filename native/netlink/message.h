#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "netlink/align.h"
#include "netlink/attribute_writer.h"
#include "support/pooled.h"

namespace ipvs::netlink {

// Messages laid end to end, as one send carries them. Sequence numbers and the
// request for an acknowledgement are put in when the whole is sent.
class MessageBatch {
 public:
  MessageBatch() = default;
  MessageBatch(const MessageBatch&) = delete;
  MessageBatch& operator=(const MessageBatch&) = delete;

  // Starts a message; attributes written with `attributes()` belong to it until `End`.
  void Begin(std::uint16_t type, std::uint16_t flags);
  // Appends a fixed header, before any attribute. Where its size is known, nothing is left of the
  // padding.
  void Append(std::span<const std::byte> payload) {
    constexpr std::byte kZeros[NLMSG_ALIGNTO] = {};
    bytes_.Append(payload.data(), payload.size());
    bytes_.Append(kZeros, Align(payload.size()) - payload.size());
  }
  AttributeWriter& attributes() { return attributes_; }
  // Completes the message. False, with the message taken back, when it does not fit its lengths.
  bool End();

  // Appends a control message. The kernel executes none, but acknowledges one when it comes to it:
  // as the last of a batch it says that all before it is done, whether or not that was answered.
  void Mark();

  // Numbers the messages from `first` on, and asks for the last one's acknowledgement.
  void Seal(std::uint32_t first, bool acknowledge_last);
  void Clear();

  std::size_t count() const { return starts_.size(); }
  bool empty() const { return starts_.empty(); }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  void Patch(std::size_t start, const nlmsghdr& header);
  nlmsghdr HeaderAt(std::size_t start) const;

  ByteBuffer bytes_;
  std::vector<std::size_t> starts_;
  AttributeWriter attributes_{bytes_};
};

struct Message {
  nlmsghdr header;
  std::span<const std::byte> payload;
};

// Walks the messages of one datagram and never leaves it.
class MessageReader {
 public:
  explicit MessageReader(std::span<const std::byte> datagram) : rest_(datagram) {}

  // The next message, or nothing at the end; `malformed()` tells which end.
  std::optional<Message> Next();
  bool malformed() const { return malformed_; }

 private:
  std::span<const std::byte> rest_;
  bool malformed_ = false;
};

// What an NLMSG_ERROR or an NLMSG_DONE says: an errno (0 for an acknowledgement)
// and the text of an extended acknowledgement.
struct Verdict {
  int error = 0;
  std::string text;
};

std::optional<Verdict> ReadError(const Message& message);
std::optional<Verdict> ReadDone(const Message& message);

}  // namespace ipvs::netlink
