#pragma once

#include <linux/netlink.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "netlink/align.h"
#include "support/pooled.h"

namespace ipvs::netlink {

// Appends attributes to a message. Lengths, padding and nesting are its whole
// job; what the attributes mean is the caller's.
class AttributeWriter {
 public:
  explicit AttributeWriter(ByteBuffer& out) : out_(out) {}

  void Bytes(std::uint16_t type, std::span<const std::byte> payload) {
    std::byte* to = Begin(type, payload.size());
    if (!payload.empty()) std::memcpy(to, payload.data(), payload.size());
  }

  // NUL-terminated on the wire.
  void String(std::uint16_t type, std::string_view text) {
    std::byte* to = Begin(type, text.size() + 1);
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    to[text.size()] = std::byte{0};
  }

  template <std::integral T>
  void Integer(std::uint16_t type, T value) {
    std::memcpy(Begin(type, sizeof value), &value, sizeof value);
  }

  template <std::invocable Body>
  void Nested(std::uint16_t type, Body&& body) {
    const std::size_t start = out_.size();
    Begin(type | NLA_F_NESTED, 0);
    std::forward<Body>(body)();
    const std::uint16_t length = LengthOf(out_.size() - start);
    std::memcpy(out_.data() + start + offsetof(nlattr, nla_len), &length, sizeof length);
  }

  bool overflowed() const { return overflowed_; }  // a length outgrew its 16 bits
  void ForgetOverflow() { overflowed_ = false; }

 private:
  // Appends an attribute, and gives where its payload goes. What follows that up to the next
  // attribute is zero.
  std::byte* Begin(std::uint16_t type, std::size_t size) {
    constexpr std::uint32_t kZero = 0;
    const std::size_t length = sizeof(nlattr) + size;
    const std::size_t aligned = Align(length);
    std::byte* to = out_.Extend(aligned);
    if (aligned != length) std::memcpy(to + aligned - sizeof kZero, &kZero, sizeof kZero);
    const nlattr header{LengthOf(length), type};
    std::memcpy(to, &header, sizeof header);
    return to + sizeof header;
  }

  std::uint16_t LengthOf(std::size_t length) {
    const auto value = static_cast<std::uint16_t>(length);
    overflowed_ |= value != length;
    return value;
  }

  ByteBuffer& out_;
  bool overflowed_ = false;
};

}  // namespace ipvs::netlink
