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
  explicit AttributeReader(std::span<const std::byte> payload)
      : next_(payload.data()), rest_(payload.size()) {}

  // The next attribute, or nothing at the end; `malformed()` tells which end.
  std::optional<Attribute> Next() {
    nlattr header;
    if (rest_ < sizeof header) return Stop(rest_ != 0);
    std::memcpy(&header, next_, sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > rest_) return Stop(true);

    const Attribute attribute{static_cast<std::uint16_t>(header.nla_type & NLA_TYPE_MASK),
                              {next_ + sizeof header, header.nla_len - sizeof header}};
    const std::size_t step = std::min(Align(header.nla_len), rest_);
    next_ += step;
    rest_ -= step;
    return attribute;
  }

  bool malformed() const { return malformed_; }

 private:
  std::nullopt_t Stop(bool malformed) {
    malformed_ |= malformed;
    rest_ = 0;
    return std::nullopt;
  }

  const std::byte* next_;
  std::size_t rest_;  // bytes
  bool malformed_ = false;
};

}  // namespace ipvs::netlink
