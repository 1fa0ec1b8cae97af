#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace ipvs {

// Memory of some size that was used before is worth keeping: of what the allocator gives back to
// the kernel, each page is a fault again the next time, which costs more than what a table's
// records are filled with. The blocks are the process's, for whichever thread wants one.

// From this size on memory is kept; the allocator is good at what is smaller.
inline constexpr std::size_t kPooledFrom = std::size_t{32} * 1024;

// The largest block that is kept; what needs more is rare, and gone when it has been used.
inline constexpr std::size_t kPooledTo = std::size_t{4096} * 1024;

// How much is kept at most for when it is wanted.
inline constexpr std::size_t kPooledMost = std::size_t{24} * 1024 * 1024;

// Memory for `size` bytes; where there is none the process ends, as with operator new.
void* TakeBlock(std::size_t size);
// Takes it back; `size` is what was asked for.
void GiveBlock(void* block, std::size_t size) noexcept;
// Bytes that are kept at present.
std::size_t KeptBytes();

// Takes from the pool what is large enough for it.
template <typename T>
class PooledAllocator {
 public:
  using value_type = T;

  PooledAllocator() = default;
  template <typename Other>
  PooledAllocator(const PooledAllocator<Other>&) noexcept {}

  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    const std::size_t size = count * sizeof(T);
    if (size >= kPooledFrom) return static_cast<T*>(TakeBlock(size));
    return std::allocator<T>().allocate(count);
  }

  void deallocate(T* values, std::size_t count) noexcept {
    const std::size_t size = count * sizeof(T);
    if (size >= kPooledFrom) return GiveBlock(values, size);
    std::allocator<T>().deallocate(values, count);
  }

  template <typename Other>
  bool operator==(const PooledAllocator<Other>&) const {
    return true;
  }
};

template <typename T>
using PooledVector = std::vector<T, PooledAllocator<T>>;

// Bytes one behind the other. A vector with an allocator of its own copies them one by one.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(const ByteBuffer& other) { Append(other.data_, other.size_); }
  ByteBuffer(ByteBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ByteBuffer& operator=(ByteBuffer other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~ByteBuffer() { Release(); }

  const std::byte* data() const { return data_; }
  std::byte* data() { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  operator std::span<const std::byte>() const { return {data_, size_}; }

  // Makes room for that many bytes altogether.
  void Reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    std::byte* larger = PooledAllocator<std::byte>().allocate(capacity);
    if (size_ != 0) std::memcpy(larger, data_, size_);
    Release();
    data_ = larger;
    capacity_ = capacity;
  }

  void Append(const void* bytes, std::size_t size) {
    if (size != 0) std::memcpy(Extend(size), bytes, size);
  }

  // Makes it longer by so many bytes, at least one, and gives where they begin: what they are is
  // the caller's.
  std::byte* Extend(std::size_t size) {
    if (size > capacity_ - size_) Reserve(std::max(size_ + size, capacity_ * 2));
    return data_ + std::exchange(size_, size_ + size);
  }

  // Forgets what stands behind so many bytes.
  void Truncate(std::size_t size) { size_ = std::min(size_, size); }

 private:
  void Release() {
    if (data_ != nullptr) PooledAllocator<std::byte>().deallocate(data_, capacity_);
  }

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace ipvs
