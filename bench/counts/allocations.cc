#include "allocations.h"

#include <cstdlib>
#include <new>

namespace {

Allocations so_far;

}  // namespace

Allocations AllocationsSoFar() { return so_far; }

// These take the place of the standard library's own; the forms for arrays and sizes come to them.
void* operator new(std::size_t size) {
  ++so_far.count;
  so_far.bytes += size;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
