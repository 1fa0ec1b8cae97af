#pragma once

#include <atomic>
#include <cstdint>

#include "support/unique_fd.h"

namespace ipvs {

// What the thread of a handle shares with those who wait for it: whether it is to end, which
// breaks off its waits, a count of what it does, by which a thread that the kernel holds
// back can be told from one that is busy, and where it is.
class Guard {
 public:
  // An errno, or 0. Before anything else.
  int Prepare();

  void Stop();
  // At the end of the thread, which nothing needs to break off any more. Not while `Stop` runs.
  void Release() { interrupt_.Reset(); }
  bool stopping() const { return stopping_; }
  // Readable once the thread is to end.
  int interrupt() const { return interrupt_.get(); }

  void Count() { ++progress_; }
  std::uint32_t progress() const { return progress_; }

  // The number that the thread has in /proc, once it is in a network namespace of the handle's own.
  void Settle(int thread) { thread_ = thread; }
  int thread() const { return thread_; }

 private:
  UniqueFd interrupt_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint32_t> progress_{0};
  std::atomic<int> thread_{0};
};

}  // namespace ipvs
