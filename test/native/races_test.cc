#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "print.h"
#include "process.h"
#include "random.h"
#include "stand_in_handle.h"

// Threads that call, withdraw and close while the kernel answers late or not at all. What they must
// not do to each other shows under ThreadSanitizer: scripts/native-tests --thread.

namespace {

using namespace stand_in;
using namespace std::chrono_literals;
using ipvs::Source;

constexpr std::uint32_t kCallers = 3;
constexpr std::uint32_t kJobs = 25;  // of each caller

// Answers at once, late, or never.
StandInKernel::Fault Unreliable(std::uint32_t seed) {
  return [random = std::make_shared<Random>(seed)](const StandInKernel::Exchange& exchange) {
    auto delivery = StandInKernel::Honest(exchange);
    delivery.delay = std::chrono::microseconds(random->OneIn(3) ? 0 : random->Below(900));
    if (random->OneIn(20)) delivery.delay = 10s;
    return delivery;
  };
}

bool IsPossible(const Status& status) {
  switch (status.source) {
    case Source::kKernel: return status.ok();
    case Source::kDeadline:
    case Source::kCancelled:
    case Source::kClosed: return true;
    default: return false;
  }
}

// Calls from several threads, and everything that comes back.
class Callers {
 public:
  explicit Callers(ipvs::Worker& worker) : worker_(worker) {
    for (std::uint32_t caller = 0; caller < kCallers; ++caller) {
      threads_.emplace_back([this, caller] { Call(caller); });
    }
    threads_.emplace_back([this] { Withdraw(); });
  }
  ~Callers() { Join(); }
  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;

  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void Call(std::uint32_t caller) {
    auto operations = IpvsOperations();
    for (Operation& operation : RouteOperations()) operations.push_back(std::move(operation));
    for (std::uint32_t number = 0; number < kJobs; ++number) {
      Job job = operations[(number + caller) % operations.size()].job;
      job.key = caller * kJobs + number;
      job.ticket = job.key;
      worker_.Submit(std::move(job));
      if (number % 4 == caller) std::this_thread::sleep_for(300us);
    }
  }

  void Withdraw() {
    for (std::uint32_t ticket = 0; ticket < kCallers * kJobs; ++ticket) {
      worker_.Cancel(ticket, 0);
      if (ticket % 8 == 0) std::this_thread::sleep_for(100us);
    }
  }

  ipvs::Worker& worker_;
  std::vector<std::thread> threads_;
};

// What has come back of each job.
class Returned {
 public:
  void Take(ipvs::Worker& worker) {
    for (const Job& job : worker.TakeDone()) {
      ++times_[job.key];
      if (job.outcomes.empty()) continue;
      possible_ &= job.outcomes.size() == job.requests.size() &&
                   std::all_of(job.outcomes.begin(), job.outcomes.end(), IsPossible);
    }
  }
  bool all() const { return times_.size() == kCallers * kJobs; }
  bool once() const {
    return std::all_of(times_.begin(), times_.end(),
                       [](const auto& each) { return each.second == 1; });
  }
  bool possible() const { return possible_; }

 private:
  std::map<std::uint32_t, int> times_;
  bool possible_ = true;
};

std::unique_ptr<ipvs::Worker> Start(std::chrono::milliseconds timeout) {
  int error = 0;
  auto worker = ipvs::Worker::Start(
      {"", timeout, false, ipvs::TransportKind::kNetlink}, [] {}, &error);
  REQUIRE(worker);
  return worker;
}

}  // namespace

TEST_SUITE("races") {
  TEST_CASE("each call comes back once, whenever it is withdrawn and however late the kernel is") {
    for (std::uint32_t round = 0; round < 6; ++round) {
      StandInKernel kernel;
      Furnish(kernel);
      kernel.Set(Unreliable(round));
      const auto worker = Start(3ms);
      Returned returned;
      {
        Callers callers(*worker);
        CHECK(Eventually(
            [&] {
              returned.Take(*worker);
              return returned.all();
            },
            60s));
      }
      CHECK(returned.once());
      CHECK(returned.possible());
      worker->Stop();
      CHECK(worker->WaitFinished(20s));
      CHECK(kernel.open() == 0);
    }
  }

  TEST_CASE("each call comes back once, whenever the handle is closed under it") {
    for (std::uint32_t round = 0; round < 20; ++round) {
      StandInKernel kernel;
      Furnish(kernel);
      kernel.Set(Unreliable(round));
      const auto worker = Start(3ms);
      Returned returned;
      {
        Callers callers(*worker);
        std::thread closer([&] {
          std::this_thread::sleep_for(std::chrono::microseconds(round * 400));
          worker->Stop();
        });
        std::thread asker([&] {
          for (int count = 0; count < 50; ++count) {
            if (worker->finished()) break;
            worker->progress();
            worker->thread();
            std::this_thread::sleep_for(100us);
          }
        });
        closer.join();
        asker.join();
        CHECK(worker->WaitFinished(20s));
      }
      returned.Take(*worker);
      CHECK(returned.all());
      CHECK(returned.once());
      CHECK(returned.possible());
      CHECK(kernel.open() == 0);
    }
  }

  TEST_CASE("handles that are forgotten while the kernel is silent leave nothing behind") {
    const std::size_t threads = CountSettledThreads();
    const std::size_t files = CountOpenFiles();
    {
      StandInKernel kernel;
      Furnish(kernel);
      kernel.SetForAll([](const StandInKernel::Exchange& exchange) {
        auto delivery = StandInKernel::Honest(exchange);
        delivery.delay = 10s;
        return delivery;
      });
      for (int count = 0; count < 20; ++count) {
        const auto worker = Start(60s);
        worker->Submit(Reads(TableKind::kSnapshot));
        if (count % 2 == 0) CHECK(Eventually([&] { return worker->progress() > 1; }));
      }
      // The stand-in's own thread is left.
      CHECK(Eventually([&] { return CountThreads() == threads + 1; }));
      CHECK(kernel.open() == 0);
    }
    CHECK(CountSettledThreads() == threads);
    CHECK(CountOpenFiles() == files);
  }

  TEST_CASE("a close does not wait for an answer without end") {
    StandInKernel kernel;
    Furnish(kernel);
    const auto worker = Start(600s);
    kernel.Set([](const StandInKernel::Exchange& exchange) {
      StandInKernel::Delivery delivery;
      delivery.events.push_back({0, exchange.answers.front()});
      delivery.endless = true;
      return delivery;
    });
    worker->Submit(Reads(TableKind::kServices));
    CHECK(Eventually([&] { return worker->progress() > 100; }));
    worker->Stop();
    CHECK(worker->WaitFinished(20s));
    const auto done = worker->TakeDone();
    REQUIRE(done.size() == 1);
    CHECK(EndOf(done.front()) == Status::Failure(Source::kClosed, ECANCELED));
  }
}
