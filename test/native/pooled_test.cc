#include "support/pooled.h"

#include <doctest/doctest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

namespace {

using ipvs::ByteBuffer;
using ipvs::KeptBytes;
using ipvs::kPooledFrom;
using ipvs::kPooledMost;
using ipvs::kPooledTo;
using ipvs::PooledVector;

using Bytes = PooledVector<std::byte>;

// What other tests have left is taken first.
std::vector<Bytes> Drain() {
  std::vector<Bytes> taken;
  for (std::size_t size = kPooledFrom; size <= kPooledTo; size += std::bit_floor(size) / 8) {
    for (std::size_t before = KeptBytes();; before = KeptBytes()) {
      taken.emplace_back(size);
      if (KeptBytes() == before) break;
    }
  }
  return taken;
}

}  // namespace

TEST_SUITE("pooled") {
  TEST_CASE("what is small is the allocator's, and what is very large is not kept") {
    const auto others = Drain();
    REQUIRE(KeptBytes() == 0);
    { const Bytes small(kPooledFrom - 1); }
    { const Bytes large(kPooledTo + 1); }
    CHECK(KeptBytes() == 0);
  }

  TEST_CASE("a block is kept, and taken by whoever needs one of about its size") {
    const auto others = Drain();
    const void* block = nullptr;
    {
      const Bytes first(kPooledFrom + 1);
      block = first.data();
    }
    const std::size_t size = kPooledFrom + kPooledFrom / 8;
    CHECK(KeptBytes() == size);
    const Bytes smaller(kPooledFrom);
    const Bytes larger(size + 1);
    CHECK(KeptBytes() == size);
    const PooledVector<std::uint64_t> second(size / sizeof(std::uint64_t));
    CHECK(second.data() == block);
    CHECK(KeptBytes() == 0);
  }

  TEST_CASE("what is taken is as new") {
    const auto others = Drain();
    {
      Bytes first(kPooledFrom);
      std::memset(first.data(), 0xff, first.size());
    }
    const Bytes second(kPooledFrom);
    CHECK(second == Bytes(kPooledFrom, std::byte{0}));
  }

  TEST_CASE("a vector that grows leaves its blocks behind, and moves without another") {
    const auto others = Drain();
    Bytes grown;
    while (grown.size() < 4 * kPooledFrom) grown.push_back(std::byte{1});
    // One of each size that it had on its way.
    CHECK(KeptBytes() == (1 + 2) * kPooledFrom);
    const void* block = grown.data();
    const Bytes moved = std::move(grown);
    CHECK(moved.data() == block);
  }

  TEST_CASE("a buffer has what was appended to it, however it grew and moved") {
    ByteBuffer buffer;
    CHECK(buffer.empty());
    std::vector<std::uint32_t> expected;
    for (std::uint32_t number = 0; number < kPooledFrom; ++number) {
      buffer.Append(&number, sizeof number);
      expected.push_back(number);
    }
    ByteBuffer other;
    other = std::move(buffer);
    const ByteBuffer moved = std::move(other);
    REQUIRE(moved.size() == expected.size() * sizeof(std::uint32_t));
    CHECK(std::memcmp(moved.data(), expected.data(), moved.size()) == 0);
  }

  TEST_CASE("a buffer that was given room does not move") {
    const auto others = Drain();
    {
      ByteBuffer buffer;
      buffer.Reserve(2 * kPooledFrom);
      const std::vector<std::byte> half(kPooledFrom);
      buffer.Append(half.data(), half.size());
      const void* place = buffer.data();
      buffer.Append(half.data(), half.size());
      CHECK(buffer.data() == place);
      buffer.Reserve(kPooledFrom);
      CHECK(buffer.data() == place);
      CHECK(KeptBytes() == 0);
    }
    CHECK(KeptBytes() == 2 * kPooledFrom);
  }

  TEST_CASE("no more is kept than there may be, and what was kept longest goes first") {
    const auto others = Drain();
    { const Bytes first(kPooledFrom); }
    {
      std::vector<Bytes> many;
      for (std::size_t bytes = 0; bytes < 2 * kPooledMost; bytes += kPooledTo) {
        many.emplace_back(kPooledTo);
      }
    }
    CHECK(KeptBytes() == kPooledMost);
    const Bytes gone(kPooledFrom);
    CHECK(KeptBytes() == kPooledMost);
    const auto kept = Drain();
    CHECK(KeptBytes() == 0);
  }

  TEST_CASE("threads take and give at the same time") {
    std::vector<std::thread> threads;
    for (unsigned char mark = 1; mark <= 4; ++mark) {
      threads.emplace_back([mark] {
        for (std::size_t round = 0; round < 200; ++round) {
          Bytes mine(kPooledFrom << (round % 3), std::byte{mark});
          std::this_thread::yield();
          if (mine.front() != std::byte{mark} || mine.back() != std::byte{mark}) std::abort();
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(KeptBytes() <= kPooledMost);
  }
}
