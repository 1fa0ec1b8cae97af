#include "netlink/attribute_writer.h"

#include <cstring>
#include <limits>

namespace ipvs::netlink {

void AttributeWriter::Bytes(std::uint16_t type, std::span<const std::byte> payload) {
  const std::size_t start = out_.size();
  const std::size_t length = NLA_HDRLEN + payload.size();
  out_.resize(start + NLA_ALIGN(length));  // the padding is zero
  std::memcpy(out_.data() + start + offsetof(nlattr, nla_type), &type, sizeof type);
  if (!payload.empty()) {
    std::memcpy(out_.data() + start + NLA_HDRLEN, payload.data(), payload.size());
  }
  SetLength(start, length);
}

void AttributeWriter::String(std::uint16_t type, std::string_view text) {
  const std::size_t start = out_.size();
  const std::size_t length = NLA_HDRLEN + text.size() + 1;
  out_.resize(start + NLA_ALIGN(length));
  std::memcpy(out_.data() + start + offsetof(nlattr, nla_type), &type, sizeof type);
  std::memcpy(out_.data() + start + NLA_HDRLEN, text.data(), text.size());
  SetLength(start, length);
}

void AttributeWriter::SetLength(std::size_t start, std::size_t length) {
  if (length > std::numeric_limits<std::uint16_t>::max()) {
    overflowed_ = true;
    return;
  }
  const auto value = static_cast<std::uint16_t>(length);
  std::memcpy(out_.data() + start + offsetof(nlattr, nla_len), &value, sizeof value);
}

}  // namespace ipvs::netlink
