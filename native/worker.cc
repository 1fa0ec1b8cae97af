#include "worker.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "guard.h"
#include "support/semaphore.h"
#include "support/thread.h"

namespace ipvs {

struct Worker::State {
  WorkbenchOptions options;
  Notify notify;
  Guard guard;

  mutable std::mutex mutex;
  mutable std::condition_variable ended;
  // The thread sleeps on it when there is nothing to do. Whoever wakes from a condition variable
  // takes the mutex in a way that makes its release a system call.
  Semaphore wakeup;
  bool asleep = false;
  std::deque<Job> waiting;
  std::vector<Job> done;
  bool finished = false;

  void Run();
  // The jobs that are waiting, as soon as there is one or the thread is to end; the mutex is held
  // before and after.
  std::deque<Job> Await(std::unique_lock<std::mutex>& lock);
  // Wakes the thread; the mutex is held before, and not after.
  void Wake(std::unique_lock<std::mutex>& lock);
};

std::unique_ptr<Worker> Worker::Start(WorkbenchOptions options, Notify notify, int* error) {
  auto state = std::make_shared<State>();
  state->options = std::move(options);
  state->notify = std::move(notify);
  *error = state->guard.Prepare();
  if (*error != 0) return nullptr;

  pthread_t thread;
  auto* argument = new std::shared_ptr<State>(state);
  *error = StartThread(
      &thread,
      [](void* shared) -> void* {
        const std::unique_ptr<std::shared_ptr<State>> own(
            static_cast<std::shared_ptr<State>*>(shared));
        ::pthread_setname_np(::pthread_self(), "ipvs");
        (*own)->Run();
        return nullptr;
      },
      argument);
  if (*error != 0) {
    delete argument;
    return nullptr;
  }
  ::pthread_detach(thread);
  return std::unique_ptr<Worker>(new Worker(std::move(state)));
}

Worker::~Worker() { Stop(); }

void Worker::Submit(Job job) {
  std::unique_lock lock(state_->mutex);
  if (state_->guard.stopping()) {
    job.outcomes.assign(job.requests.size(), Status::Failure(Source::kClosed, ECANCELED));
    state_->done.push_back(std::move(job));
    return;
  }
  state_->waiting.push_back(std::move(job));
  state_->Wake(lock);
}

bool Worker::Cancel(std::uint32_t ticket, std::size_t index) {
  const std::lock_guard lock(state_->mutex);
  const auto job = std::find_if(state_->waiting.begin(), state_->waiting.end(),
                                [&](const Job& each) { return each.ticket == ticket; });
  if (job == state_->waiting.end() || index >= job->requests.size()) return false;
  job->requests[index].command = kWithdrawn;
  return true;
}

std::vector<Job> Worker::TakeDone() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->done, {});
}

void Worker::Stop() {
  std::unique_lock lock(state_->mutex);
  state_->guard.Stop();
  state_->Wake(lock);
}

bool Worker::finished() const {
  const std::lock_guard lock(state_->mutex);
  return state_->finished;
}

bool Worker::WaitFinished(std::chrono::milliseconds limit) const {
  std::unique_lock lock(state_->mutex);
  return state_->ended.wait_for(lock, limit, [&] { return state_->finished; });
}

const WorkbenchOptions& Worker::options() const { return state_->options; }

int Worker::thread() const { return state_->guard.thread(); }

std::uint32_t Worker::progress() const { return state_->guard.progress(); }

std::deque<Job> Worker::State::Await(std::unique_lock<std::mutex>& lock) {
  while (!guard.stopping() && waiting.empty()) {
    asleep = true;
    lock.unlock();
    wakeup.Wait();
    lock.lock();
  }
  return std::exchange(waiting, {});
}

void Worker::State::Wake(std::unique_lock<std::mutex>& lock) {
  const bool sleeps = std::exchange(asleep, false);
  // Not before the lock is let go of: whoever is woken would only wait for it.
  lock.unlock();
  if (sleeps) wakeup.Post();
}

void Worker::State::Run() {
  std::optional<Workbench> workbench(std::in_place, options, guard);

  std::unique_lock lock(mutex);
  for (;;) {
    std::deque<Job> jobs = Await(lock);
    if (guard.stopping()) {
      for (Job& job : jobs) {
        job.outcomes.assign(job.requests.size(), Status::Failure(Source::kClosed, ECANCELED));
        done.push_back(std::move(job));
      }
      break;
    }
    lock.unlock();
    workbench->Run(jobs);
    lock.lock();
    done.insert(done.end(), std::make_move_iterator(jobs.begin()),
                std::make_move_iterator(jobs.end()));
    lock.unlock();
    notify();
    lock.lock();
  }
  lock.unlock();
  // Whoever learns of the end finds nothing of it left, though the handle may be held for long.
  workbench.reset();
  lock.lock();
  guard.Release();
  finished = true;
  ended.notify_all();
  lock.unlock();
  notify();
}

}  // namespace ipvs
