#include "netlink/message.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "netlink/align.h"
#include "netlink/attribute_reader.h"

namespace ipvs::netlink {

namespace {

// An errno as the kernel sends it: 0 or negative. Anything else is not an answer.
constexpr int kMaximumErrno = 4095;

std::optional<int> ReadErrno(std::span<const std::byte> payload) {
  std::int32_t value;
  if (payload.size() < sizeof value) return std::nullopt;
  std::memcpy(&value, payload.data(), sizeof value);
  if (value > 0 || value < -kMaximumErrno) return std::nullopt;
  return -value;
}

std::string ReadExtendedText(std::span<const std::byte> attributes) {
  AttributeReader reader(attributes);
  while (const auto attribute = reader.Next()) {
    if (attribute->type == NLMSGERR_ATTR_MSG) return std::string(attribute->Text());
  }
  return {};
}

}  // namespace

void MessageBatch::Begin(std::uint16_t type, std::uint16_t flags) {
  starts_.push_back(bytes_.size());
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  bytes_.Append(&header, sizeof header);
}

bool MessageBatch::End() {
  const std::size_t start = starts_.back();
  const std::size_t length = bytes_.size() - start;
  if (attributes_.overflowed() || length > std::numeric_limits<std::uint32_t>::max()) {
    bytes_.Truncate(start);
    starts_.pop_back();
    attributes_.ForgetOverflow();
    return false;
  }
  nlmsghdr header = HeaderAt(start);
  header.nlmsg_len = static_cast<std::uint32_t>(length);
  Patch(start, header);
  return true;
}

void MessageBatch::Mark() {
  Begin(NLMSG_NOOP, 0);
  End();
}

void MessageBatch::Seal(std::uint32_t first, bool acknowledge_last) {
  std::uint32_t sequence = first;
  for (const std::size_t start : starts_) {
    nlmsghdr header = HeaderAt(start);
    header.nlmsg_seq = sequence++;
    if (acknowledge_last && start == starts_.back()) header.nlmsg_flags |= NLM_F_ACK;
    Patch(start, header);
  }
}

void MessageBatch::Clear() {
  bytes_.Truncate(0);
  starts_.clear();
}

void MessageBatch::Patch(std::size_t start, const nlmsghdr& header) {
  std::memcpy(bytes_.data() + start, &header, sizeof header);
}

nlmsghdr MessageBatch::HeaderAt(std::size_t start) const {
  nlmsghdr header;
  std::memcpy(&header, bytes_.data() + start, sizeof header);
  return header;
}

std::optional<Message> MessageReader::Next() {
  nlmsghdr header;
  if (rest_.size() < sizeof header) {
    malformed_ |= !rest_.empty();
    return std::nullopt;
  }
  std::memcpy(&header, rest_.data(), sizeof header);
  if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest_.size()) {
    malformed_ = true;
    rest_ = {};
    return std::nullopt;
  }
  const Message message{header, rest_.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN)};
  rest_ = rest_.subspan(std::min(Align(header.nlmsg_len), rest_.size()));
  return message;
}

std::optional<Verdict> ReadError(const Message& message) {
  const auto error = ReadErrno(message.payload);
  if (!error) return std::nullopt;
  Verdict verdict{*error, {}};
  if ((message.header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return verdict;

  // Behind the errno stands the header of the request, or, uncapped, all of it.
  std::size_t offset = sizeof(std::int32_t) + NLMSG_HDRLEN;
  if (message.payload.size() < offset) return verdict;
  if ((message.header.nlmsg_flags & NLM_F_CAPPED) == 0) {
    nlmsghdr request;
    std::memcpy(&request, message.payload.data() + sizeof(std::int32_t), sizeof request);
    if (request.nlmsg_len < sizeof request) return verdict;
    offset = sizeof(std::int32_t) + Align(request.nlmsg_len);
    if (message.payload.size() < offset) return verdict;
  }
  verdict.text = ReadExtendedText(message.payload.subspan(offset));
  return verdict;
}

std::optional<Verdict> ReadDone(const Message& message) {
  // Without an errno the dump simply ended.
  if (message.payload.empty()) return Verdict{};
  const auto error = ReadErrno(message.payload);
  if (!error) return std::nullopt;
  Verdict verdict{*error, {}};
  if ((message.header.nlmsg_flags & NLM_F_ACK_TLVS) != 0) {
    verdict.text = ReadExtendedText(message.payload.subspan(sizeof(std::int32_t)));
  }
  return verdict;
}

}  // namespace ipvs::netlink
