#include "direct_line.h"

#include <doctest/doctest.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "network_namespace.h"
#include "print.h"
#include "process.h"
#include "support/unique_fd.h"
#include "worker.h"

// Real sockets. What is asked for is refused on every host, with or without IPVS and whatever the
// privilege: all of it ends with a status and none does harm.

namespace {

using ipvs::DirectLine;
using ipvs::Job;
using ipvs::RequestRecord;
using ipvs::Source;
using ipvs::Status;
using ipvs::TableKind;
using ipvs::TransportKind;
using ipvs::WorkbenchOptions;
using ipvs::Worker;
using namespace std::chrono_literals;

const Status kClosed = Status::Failure(Source::kClosed, ECANCELED);

// Requests with a command that the kernel does not have.
ipvs::PooledVector<RequestRecord> Requests(std::size_t count) {
  RequestRecord record{};
  record.command = 200;
  return ipvs::PooledVector<RequestRecord>(count, record);
}

std::unique_ptr<Worker> StartWorker(WorkbenchOptions options = {}) {
  int error = 0;
  auto worker = Worker::Start(
      std::move(options), [] {}, &error);
  REQUIRE(worker);
  return worker;
}

// Has the thread of the worker do something, which brings it into its namespace.
void Use(Worker& worker) {
  Job job;
  job.requests = Requests(1);
  worker.Submit(std::move(job));
  CHECK(Eventually([&] { return !worker.TakeDone().empty(); }));
}

std::string LinkOf(const std::string& path) {
  std::error_code error;
  return std::filesystem::read_symlink(path, error);
}

std::string NamespaceOfThread() { return LinkOf("/proc/thread-self/ns/net"); }

// The network namespace of a socket.
std::string NamespaceOfSocket(int socket) {
  const ipvs::UniqueFd file(::ioctl(socket, SIOCGSKNS));
  return LinkOf("/proc/self/fd/" + std::to_string(file.get()));
}

std::set<int> FilesSince(const std::set<int>& before) {
  std::set<int> files = OpenFiles();
  for (const int file : before) files.erase(file);
  return files;
}

// A network namespace that lives as long as this, where there may be one.
class OtherNamespace {
 public:
  OtherNamespace()
      : thread_([this] {
          std::unique_lock lock(mutex_);
          made_ = ::unshare(CLONE_NEWNET) == 0;
          path_ = ipvs::NamespacePathOfThread(ipvs::ThreadNumber());
          inside_ = NamespaceOfThread();
          ready_ = true;
          changed_.notify_all();
          changed_.wait(lock, [&] { return over_; });
        }) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_; });
  }
  ~OtherNamespace() {
    End();
    if (thread_.joinable()) thread_.join();
  }
  OtherNamespace(const OtherNamespace&) = delete;
  OtherNamespace& operator=(const OtherNamespace&) = delete;

  // Takes the way to it by its path away.
  void End() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  bool made() const { return made_; }
  const std::string& path() const { return path_; }
  const std::string& inside() const { return inside_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool made_ = false;
  bool ready_ = false;
  bool over_ = false;
  std::string path_;
  std::string inside_;
  std::thread thread_;
};

}  // namespace

TEST_SUITE("direct line") {
  TEST_CASE("each request has its own end, over either transport") {
    const auto worker = StartWorker();
    for (const auto kind :
         {TransportKind::kNetlink, TransportKind::kSockopt, TransportKind::kAuto}) {
      DirectLine line(*worker, kind);
      const auto outcomes = line.Execute(Requests(3));
      REQUIRE(outcomes.size() == 3);
      for (const Status& status : outcomes) CHECK_FALSE(status.ok());
      ipvs::Table table;
      CHECK_FALSE(line.Read(TableKind::kService, Requests(1).front(), table).ok());
    }
  }

  TEST_CASE("it opens one socket, with the first request, and no thread") {
    const auto worker = StartWorker();
    CountSettledThreads();
    const std::size_t threads = CountThreads();
    const auto before = OpenFiles();
    {
      DirectLine line(*worker, TransportKind::kNetlink);
      CHECK(FilesSince(before).empty());
      for (int round = 0; round < 5; ++round) line.Execute(Requests(2));
      REQUIRE(FilesSince(before).size() == 1);
      // An ordinary user may not ask.
      const std::string inside = NamespaceOfSocket(*FilesSince(before).begin());
      if (!inside.empty()) CHECK(inside == NamespaceOfThread());
      CHECK(CountThreads() == threads);
    }
    CHECK(FilesSince(before).empty());
  }

  TEST_CASE("once closed it has no socket, and says so to each request") {
    const auto worker = StartWorker();
    const auto before = OpenFiles();
    DirectLine line(*worker, TransportKind::kNetlink);
    line.Execute(Requests(1));
    for (int round = 0; round < 2; ++round) {
      line.Close();
      CHECK(FilesSince(before).empty());
      CHECK(line.Execute(Requests(2)) == std::vector<Status>{kClosed, kClosed});
      ipvs::Table table;
      CHECK(line.Read(TableKind::kInfo, {}, table) == kClosed);
    }
  }

  TEST_CASE("it works where the thread of the handle is, and the caller stays where it is") {
    OtherNamespace other;
    if (!other.made()) {
      MESSAGE("not tried: making a network namespace needs CAP_SYS_ADMIN");
      return;
    }
    const std::string outside = NamespaceOfThread();
    WorkbenchOptions options;
    for (const bool fresh : {true, false}) {
      options.fresh_namespace = fresh;
      if (!fresh) options.network_namespace = other.path();
      const auto worker = StartWorker(options);
      Use(*worker);
      const std::string inside = LinkOf(ipvs::NamespacePathOfThread(worker->thread()));
      CHECK(inside != outside);
      if (!fresh) {
        CHECK(inside == other.inside());
        // Only the thread of the handle is still there.
        other.End();
        CHECK(Eventually([&] { return LinkOf(other.path()).empty(); }));
      }
      CountSettledThreads();
      const std::size_t threads = CountThreads();
      for (const auto kind : {TransportKind::kNetlink, TransportKind::kSockopt}) {
        const auto before = OpenFiles();
        DirectLine line(*worker, kind);
        const auto outcomes = line.Execute(Requests(1));
        CHECK(outcomes.front().source != Source::kNamespace);
        // Nothing is opened over the socket options for a command that they do not have.
        ipvs::Table table;
        line.Read(TableKind::kInfo, {}, table);
        REQUIRE(FilesSince(before).size() == 1);
        CHECK(NamespaceOfSocket(*FilesSince(before).begin()) == inside);
        CHECK(NamespaceOfThread() == outside);
        CHECK(Eventually([&] { return CountThreads() == threads; }));
      }
    }
  }

  TEST_CASE("where the thread of the handle is in no namespace yet, there is none to work in") {
    WorkbenchOptions options;
    options.network_namespace = "/nonexistent/namespace";
    const auto worker = StartWorker(options);
    DirectLine line(*worker, TransportKind::kNetlink);
    const Status missing = Status::Failure(Source::kNamespace, ENOENT);
    CHECK(line.Execute(Requests(2)) == std::vector<Status>{missing, missing});
    Use(*worker);
    CHECK(worker->thread() == 0);
    ipvs::Table table;
    CHECK(line.Read(TableKind::kInfo, {}, table) == missing);
  }

  TEST_CASE("a line that finds no room for its socket says so, and works when there is") {
    const auto worker = StartWorker();
    DirectLine line(*worker, TransportKind::kNetlink);
    {
      const NoMoreFiles none;
      CHECK(line.Execute(Requests(1)).front() == Status::Failure(Source::kSocket, EMFILE));
    }
    CHECK(line.Execute(Requests(1)).front().source != Source::kSocket);
  }

  TEST_CASE("it is used while the thread of the handle works") {
    const auto worker = StartWorker();
    DirectLine line(*worker, TransportKind::kNetlink);
    std::size_t done = 0;
    for (int round = 0; round < 50; ++round) {
      Job job;
      job.requests = Requests(300);
      worker->Submit(std::move(job));
      CHECK(line.Execute(Requests(2)).size() == 2);
      done += worker->TakeDone().size();
    }
    CHECK(Eventually([&] { return (done += worker->TakeDone().size()) == 50; }));
  }
}

TEST_SUITE("running something in a namespace") {
  TEST_CASE("it runs on another thread, which is over then") {
    CountSettledThreads();
    const std::size_t threads = CountThreads();
    std::thread::id thread;
    const std::string own = "/proc/thread-self/ns/net";
    const Status status = ipvs::RunInNamespace(own, [&] { thread = std::this_thread::get_id(); });
    // Entering a namespace needs a privilege, be it the one that the thread is in.
    if (status.ok()) {
      CHECK(thread != std::thread::id());
      CHECK(thread != std::this_thread::get_id());
    } else {
      CHECK(status == Status::Failure(Source::kNamespace, EPERM));
    }
    CHECK(Eventually([&] { return CountThreads() == threads; }));
  }

  TEST_CASE("where there is none, nothing is run") {
    bool ran = false;
    for (const auto& [path, error] : {std::pair{"/nonexistent/namespace", ENOENT},
                                      std::pair{"/dev/null", EINVAL}, std::pair{"", ENOENT}}) {
      CHECK(ipvs::RunInNamespace(path, [&] { ran = true; }) ==
            Status::Failure(Source::kNamespace, error));
    }
    CHECK_FALSE(ran);
  }

  TEST_CASE("a thread can be named by its number") {
    CHECK(ipvs::ThreadNumber() == ::gettid());
    CHECK(LinkOf(ipvs::NamespacePathOfThread(ipvs::ThreadNumber())) == NamespaceOfThread());
  }
}
