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

// Writes attributes one behind the other to where there is room for them.
class AttributeCursor {
 public:
  explicit AttributeCursor(std::byte* at) : at_(at) {}

  // The room that an attribute takes.
  static constexpr std::size_t SizeOf(std::size_t payload) {
    return Align(sizeof(nlattr) + payload);
  }

  // Where the next one goes.
  std::byte* at() const { return at_; }

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

 private:
  // Gives where the payload goes. What follows that up to the next attribute is zero.
  std::byte* Begin(std::uint16_t type, std::size_t size) {
    constexpr std::uint32_t kZero = 0;
    const std::size_t length = sizeof(nlattr) + size;
    const std::size_t aligned = Align(length);
    std::byte* const to = std::exchange(at_, at_ + aligned);
    if (aligned != length) std::memcpy(to + aligned - sizeof kZero, &kZero, sizeof kZero);
    const nlattr header{static_cast<std::uint16_t>(length), type};
    std::memcpy(to, &header, sizeof header);
    return to + sizeof header;
  }

  std::byte* at_;
};

// Appends attributes to a message. Lengths, padding and nesting are its whole
// job; what the attributes mean is the caller's.
class AttributeWriter {
 public:
  explicit AttributeWriter(ByteBuffer& out) : out_(out) {}

  void Bytes(std::uint16_t type, std::span<const std::byte> payload) {
    CursorFor(payload.size()).Bytes(type, payload);
  }

  // NUL-terminated on the wire.
  void String(std::uint16_t type, std::string_view text) {
    CursorFor(text.size() + 1).String(type, text);
  }

  template <std::integral T>
  void Integer(std::uint16_t type, T value) {
    CursorFor(sizeof value).Integer(type, value);
  }

  // Has `write` write attributes that take at most so much room: whether there is enough is asked
  // once, not for each.
  template <std::invocable<AttributeCursor&> Write>
  void Within(std::size_t most, Write&& write) {
    const std::size_t start = out_.size();
    std::byte* const to = out_.Extend(most);
    AttributeCursor cursor(to);
    std::forward<Write>(write)(cursor);
    out_.Truncate(start + static_cast<std::size_t>(cursor.at() - to));
  }

  template <std::invocable Body>
  void Nested(std::uint16_t type, Body&& body) {
    const std::size_t start = out_.size();
    Bytes(type | NLA_F_NESTED, {});
    std::forward<Body>(body)();
    const std::uint16_t length = LengthOf(out_.size() - start);
    std::memcpy(out_.data() + start + offsetof(nlattr, nla_len), &length, sizeof length);
  }

  bool overflowed() const { return overflowed_; }  // a length outgrew its 16 bits
  void ForgetOverflow() { overflowed_ = false; }

 private:
  // Where there is room for an attribute of so much payload.
  AttributeCursor CursorFor(std::size_t payload) {
    (void)LengthOf(sizeof(nlattr) + payload);
    return AttributeCursor(out_.Extend(AttributeCursor::SizeOf(payload)));
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
