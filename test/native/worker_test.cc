#include "worker.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ipvs/commands.h"
#include "print.h"
#include "process.h"
#include "route/commands.h"
#include "support/unique_fd.h"

// The real thread with its real socket. What the jobs ask for is refused on every host, with or
// without IPVS and whatever the privilege: all of them end with a status and none does harm.

namespace {

using ipvs::Job;
using ipvs::RequestRecord;
using ipvs::Source;
using ipvs::Status;
using ipvs::TableKind;
using ipvs::TransportKind;
using ipvs::WorkbenchOptions;
using ipvs::Worker;
using ipvs::proc::Place;
using namespace std::chrono_literals;

const Status kClosed = Status::Failure(Source::kClosed, ECANCELED);
const Status kCancelled = Status::Failure(Source::kCancelled, ECANCELED);

// A job of requests with a command that the kernel does not have.
Job Writes(std::uint32_t key, std::size_t count = 1) {
  Job job;
  job.key = key;
  job.ticket = key + 1'000;
  RequestRecord record{};
  record.command = 200;
  job.requests.assign(count, record);
  return job;
}

// A job that reads a service of no family.
Job Reads(std::uint32_t key) {
  Job job = Writes(key);
  job.kind = Job::Kind::kRead;
  job.table_kind = TableKind::kService;
  return job;
}

// A job that reads a file which is there on every host.
Job ReadsFile(std::uint32_t key, const char* name = "dev") {
  Job job = Writes(key);
  job.kind = Job::Kind::kReadFile;
  job.file = {Place::kNet, name, {}};
  return job;
}

// What a job has read from a file.
std::string TextOf(Job& job) {
  if (!job.outcomes.empty() || job.table.chunks().size() != 1) return {};
  const auto& chunk = job.table.chunks().front();
  return chunk.count == 0 && chunk.records.empty() ? chunk.text : std::string();
}

// A stream of two parts, which notes where it was read.
class TwoParts final : public ipvs::Stream {
 public:
  Status Next(ipvs::Guard& guard, ipvs::Table& table, bool* ended) override {
    guard.Count();
    ++parts;
    thread = std::this_thread::get_id();
    ipvs::Table::Chunk chunk;
    chunk.text = std::to_string(parts);
    chunk.count = 1;
    table.Add(std::move(chunk));
    *ended = parts == 2;
    return status;
  }
  void Close() override {}

  std::atomic<int> parts = 0;
  std::thread::id thread;
  Status status;
};

Job ReadsOn(std::uint32_t key, std::shared_ptr<ipvs::Stream> stream) {
  Job job = Writes(key);
  job.kind = Job::Kind::kReadStream;
  job.stream = std::move(stream);
  return job;
}

std::string NamespaceOfThread() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/thread-self/ns/net", error);
}

// A worker whose wake-ups can be held back, which keeps the thread from taking more jobs.
class Bench {
 public:
  explicit Bench(WorkbenchOptions options = {}) {
    int error = 0;
    worker_ = Worker::Start(
        std::move(options), [shared = shared_] { shared->Notify(); }, &error);
    REQUIRE(error == 0);
    REQUIRE(worker_);
  }
  ~Bench() { Release(); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  Worker& worker() { return *worker_; }
  void Destroy() { worker_.reset(); }

  // From here on the thread stays in its next wake-up, until it is released.
  void Hold() {
    const std::lock_guard lock(shared_->mutex);
    shared_->holding = true;
  }
  void WaitHeld() {
    std::unique_lock lock(shared_->mutex);
    REQUIRE(shared_->changed.wait_for(lock, 20s, [&] { return shared_->held; }));
  }
  void Release() {
    const std::lock_guard lock(shared_->mutex);
    shared_->holding = false;
    shared_->changed.notify_all();
  }
  // Brings the thread to where it holds, with nothing left to do.
  void Occupy() {
    Hold();
    worker_->Submit(Writes(9'999));
    WaitHeld();
    CHECK(worker_->TakeDone().size() == 1);
  }

  // The jobs that are done, once there are so many.
  std::vector<Job> Take(std::size_t count) {
    std::vector<Job> all;
    CHECK(Eventually([&] {
      for (Job& job : worker_->TakeDone()) all.push_back(std::move(job));
      return all.size() >= count;
    }));
    CHECK(all.size() == count);
    return all;
  }

  int notified() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->notified;
  }
  // What the thread found about itself in its last wake-up.
  std::string network_namespace() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->network_namespace;
  }
  std::string name() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->name;
  }
  bool blocks_signals() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->blocks_signals;
  }

 private:
  // Outlives the bench by as long as the thread needs.
  struct Shared {
    void Notify() {
      std::unique_lock lock(mutex);
      ++notified;
      network_namespace = NamespaceOfThread();
      std::array<char, 16> own{};
      ::pthread_getname_np(::pthread_self(), own.data(), own.size());
      name = own.data();
      sigset_t mask;
      ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
      blocks_signals = ::sigismember(&mask, SIGINT) == 1 && ::sigismember(&mask, SIGCHLD) == 1 &&
                       ::sigismember(&mask, SIGTERM) == 1;
      held = holding;
      changed.notify_all();
      changed.wait(lock, [&] { return !holding; });
      held = false;
    }

    mutable std::mutex mutex;
    std::condition_variable changed;
    bool holding = false;
    bool held = false;
    int notified = 0;
    std::string network_namespace;
    std::string name;
    bool blocks_signals = false;
  };

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::unique_ptr<Worker> worker_;
};

// A file that keeps whoever opens it waiting, unless he asks not to be.
class NamedPipe {
 public:
  NamedPipe() { REQUIRE(::mkfifo(path(), 0600) == 0); }
  ~NamedPipe() { ::unlink(path()); }
  NamedPipe(const NamedPipe&) = delete;
  NamedPipe& operator=(const NamedPipe&) = delete;

  const char* path() const { return path_.c_str(); }

 private:
  std::string path_ =
      std::filesystem::temp_directory_path() / ("ipvs-native-tests-" + std::to_string(::getpid()));
};

std::vector<std::uint32_t> KeysOf(const std::vector<Job>& jobs) {
  std::vector<std::uint32_t> keys;
  for (const Job& job : jobs) keys.push_back(job.key);
  return keys;
}

bool AllFailed(const Job& job, std::size_t count) {
  if (job.outcomes.size() != count) return false;
  for (const Status& status : job.outcomes) {
    if (status.ok()) return false;
  }
  return true;
}

using Statuses = std::vector<Status>;

}  // namespace

TEST_SUITE("worker") {
  TEST_CASE("every request of every job ends with a status") {
    Bench bench;
    bench.worker().Submit(Writes(1));
    bench.worker().Submit(Writes(2, 3));
    bench.worker().Submit(Reads(3));
    const auto jobs = bench.Take(3);
    REQUIRE(jobs.size() == 3);
    CHECK(AllFailed(jobs[0], 1));
    CHECK(AllFailed(jobs[1], 3));
    CHECK(AllFailed(jobs[2], 1));
  }

  TEST_CASE("every kind of table can be asked for") {
    Bench bench;
    for (std::uint32_t kind = 0; kind < ipvs::kTableCount; ++kind) {
      Job job = Reads(kind);
      job.table_kind = static_cast<TableKind>(kind);
      bench.worker().Submit(std::move(job));
    }
    for (Job& job : bench.Take(ipvs::kTableCount)) {
      CHECK(job.outcomes.size() <= 1);
      if (!job.outcomes.empty()) CHECK(job.table.chunks().empty());
    }
  }

  TEST_CASE("over each way to the kernel every request ends with a status, in the namespace") {
    for (const TransportKind kind :
         {TransportKind::kAuto, TransportKind::kNetlink, TransportKind::kSockopt}) {
      CAPTURE(static_cast<int>(kind));
      Bench bench({"", 1s, false, kind});
      bench.worker().Submit(Writes(1, 3));
      bench.worker().Submit(Reads(2));
      const auto jobs = bench.Take(2);
      REQUIRE(jobs.size() == 2);
      CHECK(AllFailed(jobs[0], 3));
      CHECK(AllFailed(jobs[1], 1));

      Bench nowhere({"/nonexistent/namespace", 1s, false, kind});
      Job job = Reads(1);
      job.table_kind = TableKind::kInfo;
      nowhere.worker().Submit(std::move(job));
      const auto failed = nowhere.Take(1);
      REQUIRE(failed.size() == 1);
      CHECK(failed.front().outcomes == Statuses{Status::Failure(Source::kNamespace, ENOENT)});
    }
  }

  TEST_CASE("requests to IPVS and to rtnetlink in one job each end with a status of their own") {
    Bench bench;
    Job job = Writes(1, 5);
    for (const std::size_t index : {1u, 2u, 4u}) {
      job.requests[index].command = ipvs::kRemoveDevice;
      job.requests[index].device.index = 0x7fffffff;
    }
    bench.worker().Submit(std::move(job));
    const auto jobs = bench.Take(1);
    REQUIRE(jobs.size() == 1);
    REQUIRE(AllFailed(jobs.front(), 5));
    for (const std::size_t index : {1u, 2u, 4u}) {
      const Status& status = jobs.front().outcomes[index];
      CHECK(status.source == Source::kKernel);
      CHECK((status.error == ENODEV || status.error == EPERM));
    }
    CHECK(jobs.front().outcomes[0] == jobs.front().outcomes[3]);
  }

  TEST_CASE("devices and addresses are read where there is no IPVS, and without any privilege") {
    Bench bench;
    Job device = Reads(1);
    device.table_kind = TableKind::kDevice;
    device.requests.front().device.device[0] = 'l';
    device.requests.front().device.device[1] = 'o';
    Job addresses = Reads(2);
    addresses.table_kind = TableKind::kAddresses;
    bench.worker().Submit(std::move(device));
    bench.worker().Submit(std::move(addresses));
    auto jobs = bench.Take(2);
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].outcomes.empty());
    CHECK(jobs[0].table.chunks().size() == 1);
    CHECK(jobs[1].outcomes.empty());
  }

  TEST_CASE("jobs are done in the order they came, reads among writes") {
    Bench bench;
    std::vector<std::uint32_t> expected;
    for (std::uint32_t key = 1; key <= 200; ++key) {
      bench.worker().Submit(key % 3 == 0 ? Reads(key) : Writes(key, key % 4));
      expected.push_back(key);
    }
    CHECK(KeysOf(bench.Take(200)) == expected);
  }

  TEST_CASE("a file of the network namespace is read whole") {
    Bench bench;
    bench.worker().Submit(ReadsFile(1));
    auto jobs = bench.Take(1);
    REQUIRE(jobs.size() == 1);
    CHECK(TextOf(jobs.front()).find("lo:") != std::string::npos);
  }

  TEST_CASE("a file that is not there, or is none, fails and is told by whom") {
    Bench bench;
    bench.worker().Submit(ReadsFile(1, "missing"));
    bench.worker().Submit(ReadsFile(2, "../status"));
    Job writes = ReadsFile(3, "missing");
    writes.kind = Job::Kind::kWriteFile;
    writes.file.place = Place::kSettings;
    bench.worker().Submit(std::move(writes));
    const auto jobs = bench.Take(3);
    REQUIRE(jobs.size() == 3);
    CHECK(jobs[0].outcomes == Statuses{Status::Failure(Source::kFile, ENOENT)});
    CHECK(jobs[1].outcomes == Statuses{Status::Failure(Source::kFile, EINVAL)});
    CHECK(jobs[2].outcomes == Statuses{Status::Failure(Source::kFile, ENOENT)});
  }

  TEST_CASE("files are done in the order they came, among reads and writes, and withdrawn") {
    Bench bench;
    bench.Occupy();
    bench.worker().Submit(Writes(1));
    bench.worker().Submit(ReadsFile(2));
    bench.worker().Submit(Reads(3));
    bench.worker().Submit(ReadsFile(4));
    CHECK(bench.worker().Cancel(1'004, 0));
    bench.Release();
    auto jobs = bench.Take(4);
    REQUIRE(jobs.size() == 4);
    CHECK(KeysOf(jobs) == std::vector<std::uint32_t>{1, 2, 3, 4});
    CHECK_FALSE(TextOf(jobs[1]).empty());
    CHECK(jobs[3].outcomes == Statuses{kCancelled});
    bench.worker().Stop();
    bench.worker().Submit(ReadsFile(5));
    CHECK(bench.Take(1).front().outcomes == Statuses{kClosed});
  }

  TEST_CASE("a job without requests is done as well") {
    Bench bench;
    bench.worker().Submit(Writes(1, 0));
    const auto jobs = bench.Take(1);
    REQUIRE(jobs.size() == 1);
    CHECK(jobs.front().outcomes.empty());
  }

  TEST_CASE("jobs that queue up while the thread is busy are told of together") {
    Bench bench;
    bench.Occupy();
    const int before = bench.notified();
    for (std::uint32_t key = 1; key <= 100; ++key) bench.worker().Submit(Writes(key));
    bench.Release();
    CHECK(bench.Take(100).size() == 100);
    CHECK(Eventually([&] { return bench.notified() == before + 1; }));
  }

  TEST_CASE("a request of a waiting job is withdrawn and the others of the job are not") {
    Bench bench;
    bench.Occupy();
    bench.worker().Submit(Writes(1, 3));
    bench.worker().Submit(Writes(2, 1));
    CHECK(bench.worker().Cancel(1'001, 1));
    bench.Release();
    const auto jobs = bench.Take(2);
    REQUIRE(jobs.size() == 2);
    REQUIRE(AllFailed(jobs[0], 3));
    CHECK(jobs[0].outcomes[0].source != Source::kCancelled);
    CHECK(jobs[0].outcomes[1] == kCancelled);
    CHECK(jobs[0].outcomes[2].source != Source::kCancelled);
    REQUIRE(AllFailed(jobs[1], 1));
    CHECK(jobs[1].outcomes[0].source != Source::kCancelled);
  }

  TEST_CASE("a waiting read is withdrawn") {
    Bench bench;
    bench.Occupy();
    bench.worker().Submit(Reads(1));
    bench.worker().Submit(Reads(2));
    CHECK(bench.worker().Cancel(1'002, 0));
    bench.Release();
    const auto jobs = bench.Take(2);
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].outcomes.front().source != Source::kCancelled);
    CHECK(jobs[1].outcomes == Statuses{kCancelled});
  }

  TEST_CASE("a job of which everything was withdrawn opens no socket") {
    Bench bench({"/nonexistent/namespace", 1s});
    bench.Occupy();
    bench.worker().Submit(Writes(1, 2));
    bench.worker().Submit(Reads(2));
    CHECK(bench.worker().Cancel(1'001, 0));
    CHECK(bench.worker().Cancel(1'001, 1));
    CHECK(bench.worker().Cancel(1'002, 0));
    bench.Release();
    const auto jobs = bench.Take(2);
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].outcomes == Statuses{kCancelled, kCancelled});
    CHECK(jobs[1].outcomes == Statuses{kCancelled});
  }

  TEST_CASE("what is not waiting cannot be withdrawn") {
    Bench bench;
    CHECK_FALSE(bench.worker().Cancel(1'001, 0));
    bench.Occupy();
    bench.worker().Submit(Writes(1, 2));
    CHECK_FALSE(bench.worker().Cancel(1'001, 2));
    CHECK_FALSE(bench.worker().Cancel(1'001, SIZE_MAX));
    CHECK_FALSE(bench.worker().Cancel(1'002, 0));
    bench.Release();
    CHECK(bench.Take(1).size() == 1);
    CHECK_FALSE(bench.worker().Cancel(1'001, 0));
  }

  TEST_CASE("a stream is read on part by part, in turn with other jobs, on the thread") {
    Bench bench;
    const auto stream = std::make_shared<TwoParts>();
    bench.Occupy();
    bench.worker().Submit(Writes(1));
    bench.worker().Submit(ReadsOn(2, stream));
    bench.worker().Submit(Reads(3));
    bench.worker().Submit(ReadsOn(4, stream));
    bench.Release();
    auto jobs = bench.Take(4);
    REQUIRE(KeysOf(jobs) == std::vector<std::uint32_t>{1, 2, 3, 4});
    CHECK(AllFailed(jobs[0], 1));
    CHECK(jobs[1].outcomes.empty());
    CHECK(jobs[1].table.chunks().front().text == "1");
    CHECK_FALSE(jobs[1].ended);
    CHECK(jobs[3].table.chunks().front().text == "2");
    CHECK(jobs[3].ended);
    CHECK(stream->thread != std::this_thread::get_id());
  }

  TEST_CASE("a stream that fails says so, and reading it counts as progress") {
    Bench bench;
    const auto stream = std::make_shared<TwoParts>();
    stream->status = Status::Failure(Source::kFile, ENOENT, "/a/path");
    bench.worker().Submit(ReadsOn(1, stream));
    const auto jobs = bench.Take(1);
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].outcomes == Statuses{stream->status});
    CHECK(bench.worker().progress() == 1);
  }

  TEST_CASE("a part that waits is withdrawn, and the stream is not read") {
    Bench bench;
    const auto stream = std::make_shared<TwoParts>();
    bench.Occupy();
    bench.worker().Submit(ReadsOn(1, stream));
    bench.worker().Submit(ReadsOn(2, stream));
    CHECK(bench.worker().Cancel(1'001, 0));
    bench.worker().Stop();
    bench.Release();
    const auto jobs = bench.Take(2);
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[1].outcomes == Statuses{kClosed});
    CHECK(stream->parts == 0);

    Bench again;
    again.Occupy();
    again.worker().Submit(ReadsOn(1, stream));
    CHECK(again.worker().Cancel(1'001, 0));
    again.Release();
    CHECK(again.Take(1).front().outcomes == Statuses{kCancelled});
    CHECK(stream->parts == 0);
  }

  TEST_CASE("no stream is read outside the namespace it belongs to") {
    Bench bench({"/nonexistent/namespace", 1s});
    const auto stream = std::make_shared<TwoParts>();
    bench.worker().Submit(ReadsOn(1, stream));
    CHECK(bench.Take(1).front().outcomes == Statuses{Status::Failure(Source::kNamespace, ENOENT)});
    CHECK(stream->parts == 0);
  }

  TEST_CASE("jobs that wait when the worker is stopped are closed, each request of them") {
    Bench bench;
    bench.Occupy();
    bench.worker().Submit(Writes(1, 3));
    bench.worker().Submit(Reads(2));
    bench.worker().Stop();
    CHECK_FALSE(bench.worker().finished());
    bench.Release();
    const auto jobs = bench.Take(2);
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].outcomes == Statuses{kClosed, kClosed, kClosed});
    CHECK(jobs[1].outcomes == Statuses{kClosed});
    CHECK(bench.worker().WaitFinished(20s));
  }

  TEST_CASE(
      "a job that comes after the stop is closed at once, before and after the thread's end") {
    Bench bench;
    bench.Occupy();
    bench.worker().Stop();
    bench.worker().Submit(Writes(1, 2));
    auto jobs = bench.worker().TakeDone();
    REQUIRE(jobs.size() == 1);
    CHECK(jobs.front().outcomes == Statuses{kClosed, kClosed});
    bench.Release();
    REQUIRE(bench.worker().WaitFinished(20s));
    bench.worker().Submit(Reads(2));
    jobs = bench.worker().TakeDone();
    REQUIRE(jobs.size() == 1);
    CHECK(jobs.front().outcomes == Statuses{kClosed});
  }

  TEST_CASE("a worker can be stopped as often as one likes") {
    Bench bench;
    for (int count = 0; count < 3; ++count) bench.worker().Stop();
    CHECK(bench.worker().WaitFinished(20s));
    bench.worker().Stop();
    CHECK(bench.worker().finished());
  }

  TEST_CASE("the end of the thread is told, after it can be seen") {
    Bench bench;
    CHECK_FALSE(bench.worker().finished());
    bench.Hold();
    bench.worker().Stop();
    bench.WaitHeld();
    CHECK(bench.worker().finished());
    bench.Release();
  }

  TEST_CASE("waiting for the end has a limit") {
    Bench bench;
    bench.Occupy();
    bench.worker().Stop();
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(bench.worker().WaitFinished(30ms));
    CHECK(std::chrono::steady_clock::now() - start >= 30ms);
    bench.Release();
    CHECK(bench.worker().WaitFinished(20s));
  }

  TEST_CASE("a worker that is destroyed without a stop ends, whatever it was doing") {
    const std::size_t threads = CountSettledThreads();
    for (const bool busy : {false, true}) {
      Bench bench;
      if (busy) bench.Occupy();
      bench.worker().Submit(Writes(1, 100));
      bench.worker().Submit(Reads(2));
      bench.Destroy();
      bench.Release();
      CHECK(Eventually([&] { return CountThreads() == threads; }));
    }
  }

  TEST_CASE("two hundred workers leave no file and no thread behind") {
    const std::size_t threads = CountSettledThreads();
    const std::size_t files = CountOpenFiles();
    for (int round = 0; round < 200; ++round) {
      Bench bench;
      if (round % 2 == 0) bench.worker().Submit(round % 4 == 0 ? Writes(1, 5) : Reads(1));
      if (round % 6 == 0) CHECK(Eventually([&] { return bench.notified() > 0; }));
      if (round % 5 == 0) bench.worker().Stop();
      if (round % 5 == 1) {
        bench.worker().Stop();
        CHECK(bench.worker().WaitFinished(20s));
      }
    }
    CHECK(Eventually([&] { return CountThreads() == threads; }));
    CHECK(Eventually([&] { return CountOpenFiles() == files; }));
  }

  TEST_CASE("two hundred workers at once leave no file and no thread behind") {
    const std::size_t threads = CountSettledThreads();
    const std::size_t files = CountOpenFiles();
    {
      std::vector<std::unique_ptr<Bench>> benches;
      for (int count = 0; count < 200; ++count) {
        benches.push_back(std::make_unique<Bench>());
        benches.back()->worker().Submit(Reads(1));
      }
      CHECK(CountThreads() == threads + 200);
      for (const auto& bench : benches) CHECK(bench->Take(1).size() == 1);
    }
    CHECK(Eventually([&] { return CountThreads() == threads; }));
    CHECK(Eventually([&] { return CountOpenFiles() == files; }));
  }

  TEST_CASE("without room for another file no worker is started and an errno says why") {
    int error = 0;
    const std::size_t threads = CountSettledThreads();
    {
      const NoMoreFiles none;
      CHECK_FALSE(Worker::Start(
          {}, [] {}, &error));
    }
    CHECK(error == EMFILE);
    CHECK(CountThreads() == threads);
  }

  TEST_CASE("a worker that finds no room for its socket says so to each request") {
    Bench bench;
    {
      const NoMoreFiles none;
      bench.worker().Submit(Writes(1, 2));
      const auto jobs = bench.Take(1);
      REQUIRE(jobs.size() == 1);
      CHECK(jobs.front().outcomes == Statuses(2, Status::Failure(Source::kSocket, EMFILE)));
    }
    bench.worker().Submit(Writes(2));
    const auto jobs = bench.Take(1);
    REQUIRE(jobs.size() == 1);
    CHECK(jobs.front().outcomes.front().source != Source::kSocket);
  }

  TEST_CASE("a namespace that is not there, or is none, is said to be so") {
    const NamedPipe pipe;
    const std::pair<const char*, int> cases[] = {{"/nonexistent/namespace", ENOENT},
                                                 {pipe.path(), EINVAL},
                                                 {"/proc/self/ns/mnt", EINVAL},
                                                 {"/dev/null", EINVAL},
                                                 {"/", EINVAL}};
    for (const auto& [path, error] : cases) {
      Bench bench({path, 1s});
      bench.worker().Submit(Writes(1, 2));
      bench.worker().Submit(Reads(2));
      const auto jobs = bench.Take(2);
      REQUIRE(jobs.size() == 2);
      const Status expected = Status::Failure(Source::kNamespace, error);
      CHECK(jobs[0].outcomes == Statuses{expected, expected});
      CHECK(jobs[1].outcomes == Statuses{expected});
    }
  }

  TEST_CASE("the thread goes into the namespace and the process stays where it is") {
    // A thread that goes into a namespace of its own and waits there lends it to the worker.
    std::mutex mutex;
    std::condition_variable changed;
    bool ready = false;
    bool over = false;
    bool made = false;
    std::string path;
    std::string inside;
    std::thread owner([&] {
      std::unique_lock lock(mutex);
      made = ::unshare(CLONE_NEWNET) == 0;
      path = "/proc/self/task/" + std::to_string(::gettid()) + "/ns/net";
      inside = NamespaceOfThread();
      ready = true;
      changed.notify_all();
      changed.wait(lock, [&] { return over; });
    });
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return ready; });
    }
    const std::string outside = NamespaceOfThread();
    if (made) {
      CHECK(inside != outside);
      Bench bench({path, 1s});
      bench.worker().Submit(Writes(1));
      bench.worker().Submit(ReadsFile(2));
      auto jobs = bench.Take(2);
      REQUIRE(jobs.size() == 2);
      CHECK(jobs.front().outcomes.front().source != Source::kNamespace);
      CHECK(Eventually([&] { return bench.network_namespace() == inside; }));
      // Two lines of headings, and the one device that a new namespace has.
      const std::string devices = TextOf(jobs.back());
      CHECK(std::count(devices.begin(), devices.end(), '\n') == 3);
    } else {
      MESSAGE("not tried: making a network namespace needs CAP_SYS_ADMIN");
    }
    CHECK(NamespaceOfThread() == outside);
    {
      const std::lock_guard lock(mutex);
      over = true;
      changed.notify_all();
    }
    owner.join();
  }

  TEST_CASE("the thread takes no signals, has a name, and leaves the starter's signals alone") {
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR2);
    ::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
    Bench bench;
    sigset_t after;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2}) {
      CHECK(::sigismember(&after, signal) == (signal == SIGUSR2 ? 1 : 0));
    }
    ::sigemptyset(&blocked);
    ::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
    bench.worker().Submit(Writes(1));
    CHECK(Eventually([&] { return bench.notified() > 0; }));
    CHECK(bench.blocks_signals());
    CHECK(bench.name() == "ipvs");
  }

  TEST_CASE(
      "when the thread has ended, none of its descriptors is left, though the worker is held") {
    CountSettledThreads();  // those of earlier tests have their files open until they end
    const std::size_t files = CountOpenFiles();
    Bench bench;
    bench.worker().Submit(Writes(1));
    CHECK(bench.Take(1).size() == 1);
    CHECK(CountOpenFiles() > files);
    bench.worker().Stop();
    CHECK(bench.worker().WaitFinished(5s));
    CHECK(CountOpenFiles() == files);
  }

  TEST_CASE("progress counts what goes to and fro and stands still with the thread") {
    Bench bench;
    CHECK(bench.worker().progress() == 0);
    bench.worker().Submit(Writes(1));
    CHECK(bench.Take(1).size() == 1);
    const std::uint32_t first = bench.worker().progress();
    CHECK(first >= 2);
    std::this_thread::sleep_for(20ms);
    CHECK(bench.worker().progress() == first);
  }

  TEST_CASE("jobs are submitted, withdrawn, fetched and closed from several threads at once") {
    for (int round = 0; round < 20; ++round) {
      Bench bench;
      constexpr std::uint32_t kJobs = 300;
      std::thread submits([&] {
        for (std::uint32_t key = 0; key < kJobs; ++key) {
          bench.worker().Submit(key % 7 == 0 ? Reads(key) : Writes(key, 2));
        }
      });
      std::thread cancels([&] {
        for (std::uint32_t key = 0; key < kJobs; ++key) bench.worker().Cancel(1'000 + key, 0);
      });
      std::thread stops([&] {
        std::this_thread::sleep_for(std::chrono::microseconds(round * 300));
        if (round % 2 == 0) bench.worker().Stop();
      });
      const auto jobs = bench.Take(kJobs);
      submits.join();
      cancels.join();
      stops.join();
      std::size_t failed = 0;
      for (const Job& job : jobs) failed += AllFailed(job, job.requests.size());
      CHECK(failed == kJobs);
    }
  }
}
