#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

// A piece of work that comes to the same each time it is run.
struct NativeWork {
  std::string name;
  std::size_t items;  // what its counts are divided by
  // Makes the input; what that returns does the work, and says whether it went well.
  std::function<std::function<bool()>()> prepare;
};

const std::vector<NativeWork>& NativeWorks();
