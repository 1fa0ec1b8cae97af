#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

namespace ipvs {

// SipHash-1-3 of whole words: numbers that no one can foresee who does not know the secret.
inline std::uint64_t SipHash(std::span<const std::uint64_t> words,
                             const std::array<std::uint64_t, 2>& secret) {
  std::uint64_t v0 = secret[0] ^ 0x736f'6d65'7073'6575;
  std::uint64_t v1 = secret[1] ^ 0x646f'7261'6e64'6f6d;
  std::uint64_t v2 = secret[0] ^ 0x6c79'6765'6e65'7261;
  std::uint64_t v3 = secret[1] ^ 0x7465'6462'7974'6573;
  const auto round = [&] {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  };
  const auto take = [&](std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  };
  for (const std::uint64_t word : words) take(word);
  take(std::uint64_t{words.size_bytes()} << 56);
  v2 ^= 0xff;
  for (int count = 0; count < 3; ++count) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace ipvs
