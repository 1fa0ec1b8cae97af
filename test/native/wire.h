#pragma once

#include <arpa/inet.h>
#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iomanip>
#include <ostream>
#include <span>
#include <sstream>
#include <string_view>
#include <vector>

// Netlink written by hand, so that no test checks the code with itself.

namespace wire {

// Bytes that compare by value and print as hexadecimal numbers.
struct Bytes : std::vector<std::byte> {
  using std::vector<std::byte>::vector;
  Bytes(std::span<const std::byte> from) : vector(from.begin(), from.end()) {}

  friend std::ostream& operator<<(std::ostream& out, const Bytes& bytes) {
    std::ostringstream text;
    text << std::hex << std::setfill('0');
    for (std::size_t index = 0; index < bytes.size(); ++index) {
      if (index != 0) text << (index % 4 == 0 ? "  " : " ");
      text << std::setw(2) << std::to_integer<unsigned>(bytes[index]);
    }
    return out << '[' << text.str() << ']';
  }
};

inline Bytes Join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

inline Bytes Raw(std::initializer_list<unsigned> values) {
  Bytes all;
  for (const unsigned value : values) all.push_back(static_cast<std::byte>(value));
  return all;
}

inline Bytes Repeat(std::size_t count, unsigned value) {
  return Bytes(count, static_cast<std::byte>(value));
}

// An integer in the machine's byte order.
template <typename T>
Bytes Native(T value) {
  return Bytes(std::as_bytes(std::span(&value, 1)));
}
inline Bytes U8(std::uint8_t value) { return Native(value); }
inline Bytes U16(std::uint16_t value) { return Native(value); }
inline Bytes U32(std::uint32_t value) { return Native(value); }
inline Bytes I32(std::int32_t value) { return Native(value); }
inline Bytes U64(std::uint64_t value) { return Native(value); }
inline Bytes Big16(std::uint16_t value) { return Native(htons(value)); }
inline Bytes Big32(std::uint32_t value) { return Native(htonl(value)); }

// Text as it travels, with its NUL.
inline Bytes Text(std::string_view text) {
  Bytes all(std::as_bytes(std::span(text)));
  all.push_back(std::byte{0});
  return all;
}

inline Bytes Padded(Bytes bytes) {
  while (bytes.size() % 4 != 0) bytes.push_back(std::byte{0});
  return bytes;
}

inline Bytes AttributeOf(std::uint16_t type, const Bytes& payload) {
  const auto length = static_cast<std::uint16_t>(4 + payload.size());
  return Padded(Join({U16(length), U16(type), payload}));
}

// A nest as a request has it; the kernel's answers come without the bit.
inline Bytes Nest(std::uint16_t type, std::initializer_list<Bytes> attributes) {
  return AttributeOf(static_cast<std::uint16_t>(type | NLA_F_NESTED), Join(attributes));
}

inline Bytes Header(std::uint32_t length, std::uint16_t type, std::uint16_t flags,
                    std::uint32_t sequence, std::uint32_t port) {
  return Join({U32(length), U16(type), U16(flags), U32(sequence), U32(port)});
}

inline Bytes MessageOf(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence,
                       std::uint32_t port, const Bytes& payload) {
  const auto length = static_cast<std::uint32_t>(16 + payload.size());
  return Padded(Join({Header(length, type, flags, sequence, port), payload}));
}

inline Bytes Generic(std::uint8_t command, const Bytes& attributes, std::uint8_t version = 1) {
  return Join({U8(command), U8(version), U16(0), attributes});
}

// The kernel's verdict on a request, with the request's header behind it, as it is with
// NETLINK_CAP_ACK.
inline Bytes Verdict(std::uint32_t sequence, std::uint32_t port, int error) {
  return MessageOf(NLMSG_ERROR, NLM_F_CAPPED, sequence, port,
                   Join({I32(-error), Header(20, 28, NLM_F_REQUEST, sequence, port)}));
}
inline Bytes Ack(std::uint32_t sequence, std::uint32_t port) { return Verdict(sequence, port, 0); }

inline Bytes VerdictWithText(std::uint32_t sequence, std::uint32_t port, int error,
                             std::string_view text) {
  return MessageOf(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, sequence, port,
                   Join({I32(-error), Header(20, 28, NLM_F_REQUEST, sequence, port),
                         AttributeOf(NLMSGERR_ATTR_MSG, Text(text))}));
}

inline Bytes Done(std::uint32_t sequence, std::uint32_t port, int error = 0) {
  return MessageOf(NLMSG_DONE, NLM_F_MULTI, sequence, port, I32(-error));
}

}  // namespace wire
