#pragma once

#include <fcntl.h>
#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

// What the process holds, as the kernel sees it.

inline std::set<int> NumbersIn(const char* directory) {
  std::set<int> numbers;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    numbers.insert(std::stoi(entry.path().filename()));
  }
  return numbers;
}

inline std::set<int> OpenFiles() {
  std::set<int> files = NumbersIn("/proc/self/fd");
  // The directory was itself open while it was read.
  std::erase_if(files, [](int file) { return ::fcntl(file, F_GETFD) < 0; });
  return files;
}

inline std::size_t CountOpenFiles() { return OpenFiles().size(); }
inline std::size_t CountThreads() { return NumbersIn("/proc/self/task").size(); }

// The number of threads once none has ended for a while: those of earlier tests may still be
// on their way out.
inline std::size_t CountSettledThreads() {
  std::size_t count = CountThreads();
  for (int same = 0; same < 20; ++same) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (const std::size_t now = CountThreads(); now != count) {
      count = now;
      same = 0;
    }
  }
  return count;
}

// Waits until something is so, but not for ever.
template <typename Condition>
bool Eventually(Condition condition, std::chrono::seconds limit = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// Lets the process open no more files as long as it lives.
class NoMoreFiles {
 public:
  NoMoreFiles() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;

 private:
  rlimit before_{};
};
