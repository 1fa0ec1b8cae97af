#include "netlink/attribute_writer.h"

#include <cstring>
#include <limits>

#include "netlink/align.h"

namespace ipvs::netlink {

void AttributeWriter::Bytes(std::uint16_t type, std::span<const std::byte> payload) {
  const std::size_t start = out_.size();
  const std::size_t length = sizeof(nlattr) + payload.size();
  out_.resize(start + Align(length));  // the padding is zero
  std::memcpy(out_.data() + start + offsetof(nlattr, nla_type), &type, sizeof type);
  if (!payload.empty()) {
    std::memcpy(out_.data() + start + sizeof(nlattr), payload.data(), payload.size());
  }
  SetLength(start, length);
}

void AttributeWriter::String(std::uint16_t type, std::string_view text) {
  const std::size_t start = out_.size();
  const std::size_t length = sizeof(nlattr) + text.size() + 1;
  out_.resize(start + Align(length));
  std::memcpy(out_.data() + start + offsetof(nlattr, nla_type), &type, sizeof type);
  if (!text.empty()) {
    std::memcpy(out_.data() + start + sizeof(nlattr), text.data(), text.size());
  }
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
