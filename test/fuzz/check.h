#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

// What the fuzzed entry points share.

namespace fuzz {

using Bytes = std::vector<std::byte>;

// Where what must hold for every input does not, the run ends and the fuzzer keeps the input.
inline void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "This does not hold: %s\n", what);
  std::abort();
}

inline std::span<const std::byte> InputOf(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

inline bool Same(std::span<const std::byte> one, std::span<const std::byte> other) {
  return one.size() == other.size() &&
         (one.empty() || std::memcmp(one.data(), other.data(), one.size()) == 0);
}

template <typename Record>
bool SameRecord(const Record& one, const Record& other) {
  static_assert(std::is_trivially_copyable_v<Record>);
  return std::memcmp(&one, &other, sizeof one) == 0;
}

// Takes the bytes of a value off the front of an input; what the input lacks is 0.
template <typename Value>
Value Take(std::span<const std::byte>& input) {
  static_assert(std::is_trivially_copyable_v<Value>);
  Value value{};
  const std::size_t size = input.size() < sizeof value ? input.size() : sizeof value;
  if (size != 0) std::memcpy(&value, input.data(), size);
  input = input.subspan(size);
  return value;
}

// Whether a field of a record ends inside the record.
template <std::size_t size>
bool IsTerminated(const char (&field)[size]) {
  return ::strnlen(field, size) < size;
}

}  // namespace fuzz
