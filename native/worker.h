#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ipvs/transport.h"
#include "support/unique_fd.h"

namespace ipvs {

// Work for the thread: requests to execute, or a table to read.
struct Job {
  std::uint32_t key = 0;     // the handle's own number for it
  std::uint32_t ticket = 0;  // the number JavaScript gave it, to cancel by
  bool reads = false;
  TableKind kind = TableKind::kInfo;
  std::vector<RequestRecord> requests;  // one when it reads

  // Filled by the thread.
  std::vector<Status> outcomes;  // one for each request; empty when all is well
  Table table;
};

struct WorkerOptions {
  std::string network_namespace;  // a path; empty: the one the process is in
  std::chrono::milliseconds timeout{10'000};
};

// The one thread of a handle, with its socket. Takes whatever jobs have queued up,
// runs them in order, and says once for each round that some are done. Knows nothing
// of JavaScript. The thread and the object that started it share one state, so that
// neither has to wait for the other.
class Worker {
 public:
  // Called on the thread after jobs are done, and once more when it has finished.
  using Notify = std::function<void()>;

  // Starts the thread; an errno when there can be none.
  static std::unique_ptr<Worker> Start(WorkerOptions options, Notify notify, int* error);
  ~Worker();  // stops it, without waiting

  void Submit(Job job);
  // Withdraws one request of a job, or the job when it reads. True when it will not be sent.
  bool Cancel(std::uint32_t ticket, std::size_t index);
  // The jobs that are done, in order.
  std::vector<Job> TakeDone();

  // Breaks off the wait for an answer, gives every job that is left Source::kClosed and ends
  // the thread.
  void Stop();
  bool finished() const;
  // Waits for the end of the thread, at most so long. A thread inside the kernel cannot be hurried.
  bool WaitFinished(std::chrono::milliseconds limit) const;

  // Counts what has been sent and received. Stands still while the thread is idle or the
  // kernel does not return.
  std::uint32_t progress() const;

 private:
  struct State;

  explicit Worker(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

}  // namespace ipvs
