#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

// Random numbers, the same in every run of the same seed.
class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  std::uint32_t Any() { return static_cast<std::uint32_t>(engine_()); }
  std::uint32_t Below(std::uint32_t end) { return Any() % end; }
  bool OneIn(std::uint32_t count) { return Below(count) == 0; }
  std::byte Byte(std::uint32_t end = 256) { return static_cast<std::byte>(Below(end)); }
  template <typename T>
  T Number() {
    return static_cast<T>(std::uint64_t{Any()} << 32 | Any());
  }

 private:
  std::mt19937 engine_;
};
