#pragma once

#include <linux/netlink.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "netlink/align.h"

namespace ipvs::netlink {

// Appends attributes to a message. Lengths, padding and nesting are its whole
// job; what the attributes mean is the caller's.
class AttributeWriter {
 public:
  explicit AttributeWriter(std::vector<std::byte>& out) : out_(out) {}

  void Bytes(std::uint16_t type, std::span<const std::byte> payload);
  void String(std::uint16_t type, std::string_view text);  // NUL-terminated on the wire

  template <std::integral T>
  void Integer(std::uint16_t type, T value) {
    // What follows the value up to the next attribute is zero.
    struct Block {
      nlattr header;
      std::byte value[Align(sizeof(T))];
    } block{{sizeof(nlattr) + sizeof(T), type}, {}};
    std::memcpy(block.value, &value, sizeof value);
    const auto* bytes = reinterpret_cast<const std::byte*>(&block);
    out_.insert(out_.end(), bytes, bytes + sizeof block);
  }

  template <std::invocable Body>
  void Nested(std::uint16_t type, Body&& body) {
    const std::size_t start = out_.size();
    Bytes(type | NLA_F_NESTED, {});
    std::forward<Body>(body)();
    SetLength(start, out_.size() - start);
  }

  bool overflowed() const { return overflowed_; }  // a length outgrew its 16 bits
  void ForgetOverflow() { overflowed_ = false; }

 private:
  void SetLength(std::size_t start, std::size_t length);

  std::vector<std::byte>& out_;
  bool overflowed_ = false;
};

}  // namespace ipvs::netlink
