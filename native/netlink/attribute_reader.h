#pragma once

#include <linux/netlink.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "netlink/align.h"

namespace ipvs::netlink {

struct Attribute {
  std::uint16_t type;  // without the nesting and byte-order bits
  std::span<const std::byte> payload;

  // The payload as an integer, or nothing when it is too short. Longer payloads
  // give their first bytes, as the kernel itself reads them.
  template <std::integral T>
  std::optional<T> Integer() const {
    if (payload.size() < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, payload.data(), sizeof value);
    return value;
  }

  // The text up to its NUL, or up to the end of the payload where there is none.
  std::string_view Text() const {
    const auto* begin = reinterpret_cast<const char*>(payload.data());
    const std::string_view all(begin, payload.size());
    return all.substr(0, all.find('\0'));
  }
};

// Walks the attributes of a payload and never leaves it.
class AttributeReader {
 public:
  explicit AttributeReader(std::span<const std::byte> payload) : rest_(payload) {}

  // The next attribute, or nothing at the end; `malformed()` tells which end.
  std::optional<Attribute> Next() {
    nlattr header;
    if (rest_.size() < sizeof header) return Stop(!rest_.empty());
    std::memcpy(&header, rest_.data(), sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > rest_.size()) return Stop(true);

    const Attribute attribute{static_cast<std::uint16_t>(header.nla_type & NLA_TYPE_MASK),
                              rest_.subspan(sizeof header, header.nla_len - sizeof header)};
    rest_ = rest_.subspan(std::min(Align(header.nla_len), rest_.size()));
    return attribute;
  }

  bool malformed() const { return malformed_; }

 private:
  std::nullopt_t Stop(bool malformed) {
    malformed_ |= malformed;
    rest_ = {};
    return std::nullopt;
  }

  std::span<const std::byte> rest_;
  bool malformed_ = false;
};

}  // namespace ipvs::netlink
