#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "job.h"
#include "workbench.h"

namespace ipvs {

// The one thread of a handle, with its socket. Takes whatever jobs have queued up,
// runs them in order, and says once for each round that some are done. Knows nothing
// of JavaScript. The thread and the object that started it share one state, so that
// neither has to wait for the other.
class Worker {
 public:
  // Called on the thread after jobs are done, and once more when it has finished.
  using Notify = std::function<void()>;

  // Starts the thread; an errno when there can be none.
  static std::unique_ptr<Worker> Start(WorkbenchOptions options, Notify notify, int* error);
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

  const WorkbenchOptions& options() const;
  // The number of the thread in /proc, once it is in a network namespace of the handle's own; 0
  // before that.
  int thread() const;
  // Counts what has been sent and received. Stands still while the thread is idle or the
  // kernel does not return.
  std::uint32_t progress() const;

 private:
  struct State;

  explicit Worker(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

}  // namespace ipvs
