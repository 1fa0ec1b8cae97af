// Does one piece of work, once to warm up and once inside `CountedRun`, where callgrind counts its
// instructions, and says what it took from the heap. Without a name: says what it was built by and
// which works there are.

#include <gnu/libc-version.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string_view>

#include "allocations.h"
#include "native_works.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "g++ " __VERSION__
#endif

#if defined(__x86_64__)
#define MACHINE "x86_64"
#elif defined(__aarch64__)
#define MACHINE "aarch64"
#else
#define MACHINE "another machine"
#endif

extern "C" bool CountedRun(const std::function<bool()>& run);

// The name by which callgrind knows what to count, so it stays a call of its own.
[[gnu::noinline]] bool CountedRun(const std::function<bool()>& run) { return run(); }

int main(int count, char** arguments) {
  if (count < 2) {
    std::printf("%s, glibc %s, %s\n", COMPILER, gnu_get_libc_version(), MACHINE);
    for (const NativeWork& work : NativeWorks()) std::printf("%s\n", work.name.c_str());
    return 0;
  }
  const auto& works = NativeWorks();
  const std::string_view name = arguments[1];
  const auto work = std::find_if(works.begin(), works.end(),
                                 [&](const NativeWork& each) { return each.name == name; });
  if (work == works.end()) {
    std::fprintf(stderr, "There is no work \"%s\".\n", arguments[1]);
    return 2;
  }
  const auto run = work->prepare();
  if (!run()) {
    std::fprintf(stderr, "The work \"%s\" does not do what it should.\n", arguments[1]);
    return 1;
  }
  const Allocations before = AllocationsSoFar();
  const bool done = CountedRun(run);
  const Allocations after = AllocationsSoFar();
  std::printf("{\"items\": %zu, \"allocations\": %" PRIu64 ", \"bytes\": %" PRIu64 "}\n",
              work->items, after.count - before.count, after.bytes - before.bytes);
  return done ? 0 : 1;
}
