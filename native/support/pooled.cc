#include "support/pooled.h"

#include <array>
#include <bit>
#include <mutex>
#include <new>

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

constexpr std::size_t kClasses = std::countr_zero(kPooledTo) - std::countr_zero(kPooledFrom) + 1;

// Blocks of powers of two: those of one class fit whoever wants one of them.
class Pool {
 public:
  void* Take(std::size_t size) {
    {
      const std::lock_guard lock(mutex_);
      auto& blocks = blocks_[ClassOf(size)];
      if (!blocks.empty()) {
        void* block = blocks.back();
        blocks.pop_back();
        bytes_ -= SizeOf(size);
        ASAN_UNPOISON_MEMORY_REGION(block, SizeOf(size));
        return block;
      }
    }
    return ::operator new(SizeOf(size));
  }

  void Give(void* block, std::size_t size) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (bytes_ + SizeOf(size) <= kPooledMost) {
        // Not to be used by whoever had it, which a sanitizer would not see otherwise.
        ASAN_POISON_MEMORY_REGION(block, SizeOf(size));
        blocks_[ClassOf(size)].push_back(block);
        bytes_ += SizeOf(size);
        return;
      }
    }
    ::operator delete(block);
  }

  std::size_t bytes() {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  static std::size_t SizeOf(std::size_t size) { return std::bit_ceil(size); }
  static std::size_t ClassOf(std::size_t size) {
    return static_cast<std::size_t>(std::countr_zero(SizeOf(size)) - std::countr_zero(kPooledFrom));
  }

  std::mutex mutex_;
  std::array<std::vector<void*>, kClasses> blocks_;
  std::size_t bytes_ = 0;
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
