#include "worker.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "ipvs/netlink_transport.h"
#include "netlink/socket.h"

namespace ipvs {

namespace {

// Moves the calling thread, and no other, into a network namespace.
Status EnterNamespace(const std::string& path) {
  // Were it a named pipe, the thread would wait for someone to write to it.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid() || ::setns(fd.get(), CLONE_NEWNET) != 0) {
    return Status::Failure(Source::kNamespace, errno);
  }
  return Status::Ok();
}

// Counts what goes over a channel, so that a thread the kernel holds back can be told from one
// that is busy, and sends nothing more once the thread is to end.
class WatchedChannel final : public netlink::Channel {
 public:
  WatchedChannel(std::unique_ptr<netlink::Channel> inner, std::atomic<std::uint32_t>& count,
                 const std::atomic<bool>& stopping)
      : inner_(std::move(inner)), count_(count), stopping_(stopping) {}

  int Send(std::span<const std::byte> datagram) override {
    if (stopping_) return ECANCELED;
    ++count_;
    return inner_->Send(datagram);
  }
  netlink::Received Receive(std::span<std::byte> buffer, netlink::Deadline& deadline) override {
    ++count_;
    return inner_->Receive(buffer, deadline);
  }
  std::uint32_t port() const override { return inner_->port(); }

 private:
  std::unique_ptr<netlink::Channel> inner_;
  std::atomic<std::uint32_t>& count_;
  const std::atomic<bool>& stopping_;
};

bool AllOk(const std::vector<Status>& outcomes) {
  return std::all_of(outcomes.begin(), outcomes.end(),
                     [](const Status& status) { return status.ok(); });
}

}  // namespace

struct Worker::State {
  WorkerOptions options;
  Notify notify;
  UniqueFd interrupt;

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::deque<Job> waiting;
  std::vector<Job> done;
  std::atomic<bool> stopping{false};
  bool finished = false;
  std::atomic<std::uint32_t> progress{0};

  bool entered = false;  // the thread's own: it is in its network namespace

  void Run();
  void RunJobs(std::deque<Job>& jobs, Transport& transport);
  // Runs the write jobs from `first` up to `last` as if they were one.
  void Execute(std::deque<Job>::iterator first, std::deque<Job>::iterator last,
               Transport& transport);
};

std::unique_ptr<Worker> Worker::Start(WorkerOptions options, Notify notify, int* error) {
  auto state = std::make_shared<State>();
  state->options = std::move(options);
  state->notify = std::move(notify);
  state->interrupt.Reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!state->interrupt.valid()) {
    *error = errno;
    return nullptr;
  }

  // The process's signals are not this thread's business.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  auto* argument = new std::shared_ptr<State>(state);
  *error = ::pthread_create(
      &thread, nullptr,
      [](void* shared) -> void* {
        const std::unique_ptr<std::shared_ptr<State>> own(
            static_cast<std::shared_ptr<State>*>(shared));
        ::pthread_setname_np(::pthread_self(), "ipvs");
        (*own)->Run();
        return nullptr;
      },
      argument);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (*error != 0) {
    delete argument;
    return nullptr;
  }
  ::pthread_detach(thread);
  return std::unique_ptr<Worker>(new Worker(std::move(state)));
}

Worker::~Worker() { Stop(); }

void Worker::Submit(Job job) {
  const std::lock_guard lock(state_->mutex);
  if (state_->stopping) {
    job.outcomes.assign(job.requests.size(), Status::Failure(Source::kClosed, ECANCELED));
    state_->done.push_back(std::move(job));
    return;
  }
  state_->waiting.push_back(std::move(job));
  state_->changed.notify_all();
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
  const std::lock_guard lock(state_->mutex);
  if (state_->stopping) return;
  state_->stopping = true;
  const std::uint64_t one = 1;
  // It is a counter far from full, so the write cannot fail.
  [[maybe_unused]] const ssize_t written = ::write(state_->interrupt.get(), &one, sizeof one);
  state_->changed.notify_all();
}

bool Worker::finished() const {
  const std::lock_guard lock(state_->mutex);
  return state_->finished;
}

bool Worker::WaitFinished(std::chrono::milliseconds limit) const {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, limit, [&] { return state_->finished; });
}

std::uint32_t Worker::progress() const { return state_->progress.load(); }

void Worker::State::Run() {
  NetlinkTransport transport(
      [this](Status* failure) -> std::unique_ptr<netlink::Channel> {
        if (stopping) {
          *failure = Status::Failure(Source::kClosed, ECANCELED);
          return nullptr;
        }
        if (!entered && !options.network_namespace.empty()) {
          *failure = EnterNamespace(options.network_namespace);
          if (!failure->ok()) return nullptr;
        }
        entered = true;
        int error = 0;
        auto socket = netlink::Socket::Open(NETLINK_GENERIC, interrupt.get(), &error);
        if (!socket) {
          *failure = Status::Failure(Source::kSocket, error);
          return nullptr;
        }
        return std::make_unique<WatchedChannel>(std::move(socket), progress, stopping);
      },
      options.timeout);

  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return stopping || !waiting.empty(); });
    std::deque<Job> jobs = std::exchange(waiting, {});
    if (stopping) {
      for (Job& job : jobs) {
        job.outcomes.assign(job.requests.size(), Status::Failure(Source::kClosed, ECANCELED));
        done.push_back(std::move(job));
      }
      break;
    }
    lock.unlock();
    RunJobs(jobs, transport);
    lock.lock();
    done.insert(done.end(), std::make_move_iterator(jobs.begin()),
                std::make_move_iterator(jobs.end()));
    lock.unlock();
    notify();
    lock.lock();
  }
  finished = true;
  changed.notify_all();
  lock.unlock();
  notify();
}

void Worker::State::RunJobs(std::deque<Job>& jobs, Transport& transport) {
  for (auto job = jobs.begin(); job != jobs.end();) {
    if (!job->reads) {
      const auto last = std::find_if(job, jobs.end(), [](const Job& each) { return each.reads; });
      Execute(job, last, transport);
      job = last;
      continue;
    }
    const RequestRecord& request = job->requests.front();
    auto status = request.command == kWithdrawn ? Status::Failure(Source::kCancelled, ECANCELED)
                                                : transport.Read(job->kind, request, job->table);
    if (!status.ok()) job->outcomes.push_back(std::move(status));
    ++job;
  }
}

void Worker::State::Execute(std::deque<Job>::iterator first, std::deque<Job>::iterator last,
                            Transport& transport) {
  std::vector<const RequestRecord*> requests;
  std::vector<Status*> places;
  for (auto job = first; job != last; ++job) {
    job->outcomes.resize(job->requests.size());
    for (std::size_t index = 0; index < job->requests.size(); ++index) {
      if (job->requests[index].command == kWithdrawn) {
        job->outcomes[index] = Status::Failure(Source::kCancelled, ECANCELED);
        continue;
      }
      requests.push_back(&job->requests[index]);
      places.push_back(&job->outcomes[index]);
    }
  }
  std::vector<Status> outcomes(requests.size());
  transport.Execute(requests, outcomes);
  for (std::size_t index = 0; index < places.size(); ++index) {
    *places[index] = std::move(outcomes[index]);
  }
  for (auto job = first; job != last; ++job) {
    if (AllOk(job->outcomes)) job->outcomes.clear();
  }
}

}  // namespace ipvs
