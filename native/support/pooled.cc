#include "support/pooled.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <mutex>
#include <new>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(address, size) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) static_cast<void>(0)
#endif

namespace ipvs {

namespace {

static_assert(std::has_single_bit(kPooledFrom) && std::has_single_bit(kPooledTo));

// Of each power of two, so that no block is larger by more than an eighth than what it is wanted
// for.
constexpr int kSteps = 8;
constexpr int kSmallest = std::countr_zero(kPooledFrom);
constexpr std::size_t kClasses = (std::countr_zero(kPooledTo) - kSmallest) * kSteps + 1;

// Blocks of certain sizes: those of one size fit whoever wants one of them. Where there would be
// too many, those go that have been there longest, so that what is no longer wanted makes room.
class Pool {
 public:
  void* Take(std::size_t size) {
    {
      const std::lock_guard lock(mutex_);
      auto& blocks = blocks_[ClassOf(size)];
      if (!blocks.empty()) {
        void* block = blocks.back().block;
        blocks.pop_back();
        bytes_ -= SizeOf(size);
        ASAN_UNPOISON_MEMORY_REGION(block, SizeOf(size));
        return block;
      }
    }
    return ::operator new(SizeOf(size));
  }

  void Give(void* block, std::size_t size) noexcept {
    const std::lock_guard lock(mutex_);
    while (bytes_ + SizeOf(size) > kPooledMost) DropOldest();
    // Not to be used by whoever had it, which a sanitizer would not see otherwise.
    ASAN_POISON_MEMORY_REGION(block, SizeOf(size));
    blocks_[ClassOf(size)].push_back({block, SizeOf(size), ++given_});
    bytes_ += SizeOf(size);
  }

  std::size_t bytes() {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  static std::size_t StepAt(std::size_t size) { return std::bit_floor(size) / kSteps; }
  static std::size_t SizeOf(std::size_t size) {
    const std::size_t step = StepAt(size);
    return (size + step - 1) / step * step;
  }
  static std::size_t ClassOf(std::size_t size) {
    const std::size_t rounded = SizeOf(size);
    const std::size_t power = std::bit_floor(rounded);
    return static_cast<std::size_t>(std::countr_zero(power) - kSmallest) * kSteps +
           (rounded - power) / StepAt(power);
  }

  void DropOldest() {
    const auto age = [](const std::vector<Kept>& blocks) {
      return blocks.empty() ? UINT64_MAX : blocks.front().given;
    };
    auto& blocks = *std::ranges::min_element(blocks_, {}, age);
    const Kept oldest = blocks.front();
    blocks.erase(blocks.begin());
    bytes_ -= oldest.size;
    ASAN_UNPOISON_MEMORY_REGION(oldest.block, oldest.size);
    ::operator delete(oldest.block);
  }

  struct Kept {
    void* block;
    std::size_t size;
    std::uint64_t given;  // how many were before it
  };

  std::mutex mutex_;
  // Of each class, what has been there longest first.
  std::array<std::vector<Kept>, kClasses> blocks_;
  std::size_t bytes_ = 0;
  std::uint64_t given_ = 0;
};

// Never destroyed: threads may outlive the end of `main`.
Pool& ThePool() {
  static Pool* const pool = new Pool;
  return *pool;
}

}  // namespace

void* TakeBlock(std::size_t size) {
  return size > kPooledTo ? ::operator new(size) : ThePool().Take(size);
}

void GiveBlock(void* block, std::size_t size) noexcept {
  if (size > kPooledTo) return ::operator delete(block);
  ThePool().Give(block, size);
}

std::size_t KeptBytes() { return ThePool().bytes(); }

}  // namespace ipvs
