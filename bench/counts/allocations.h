#pragma once

#include <cstdint>

// What the program has taken from the heap so far with `new`.
struct Allocations {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

Allocations AllocationsSoFar();
