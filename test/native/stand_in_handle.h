#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "ipvs/commands.h"
#include "records.h"
#include "route/commands.h"
#include "stand_in_kernel.h"
#include "worker.h"

// A whole handle, as JavaScript has it, over a stand-in for the kernel; and what it is asked to do.

namespace stand_in {

using ipvs::Job;
using ipvs::RequestRecord;
using ipvs::Status;
using ipvs::TableKind;

// A kernel with two services, two destinations each, a daemon, two devices and two addresses.
inline void Furnish(StandInKernel& kernel) {
  using namespace wire;
  using Answer = SimulatedKernel::Answer;
  kernel.ipvs.handle = [](const SimulatedKernel::Request& request) -> Answer {
    const auto service = [](std::uint32_t mark) {
      return AttributeOf(
          1, Join({AttributeOf(1, U16(AF_INET)), AttributeOf(5, U32(mark)),
                   AttributeOf(6, Text("rr")), AttributeOf(7, Join({U32(2), U32(0xffffffff)})),
                   AttributeOf(8, U32(0)), AttributeOf(9, Big32(0xffffffff))}));
    };
    const auto destination = [](unsigned last) {
      return AttributeOf(
          2, Join({AttributeOf(1, Join({Raw({10, 0, 0, last}), Repeat(12, 0)})),
                   AttributeOf(2, Big16(80)), AttributeOf(3, U32(0)), AttributeOf(4, U32(1)),
                   AttributeOf(5, U32(0)), AttributeOf(6, U32(0)), AttributeOf(7, U32(0)),
                   AttributeOf(8, U32(0)), AttributeOf(9, U32(0)), AttributeOf(11, U16(AF_INET))}));
    };
    switch (request.command) {
      case ipvs::kGetService:
        if (request.dump()) return {0, {service(1), service(2)}};
        return {0, {service(1)}};
      case ipvs::kGetDestination: return {0, {destination(1), destination(2)}};
      case ipvs::kGetDaemon:
        return {
            0,
            {AttributeOf(3, Join({AttributeOf(1, U32(1)), AttributeOf(2, Text("eth0")),
                                  AttributeOf(3, U32(7)), AttributeOf(5, Raw({224, 0, 0, 81}))}))}};
      case ipvs::kGetConfig:
        return {
            0,
            {Join({AttributeOf(4, U32(900)), AttributeOf(5, U32(120)), AttributeOf(6, U32(300))})}};
      case ipvs::kGetInfo:
        return {0, {Join({AttributeOf(1, U32(0x010201)), AttributeOf(2, U32(4096))})}};
      default: return {};
    }
  };
  for (const unsigned mark : {1u, 2u}) {
    SimulatedOptions::Service service;
    service.entry.fwmark = mark;
    service.entry.protocol = IPPROTO_TCP;
    std::memcpy(service.entry.sched_name, "rr", 2);
    service.destinations.resize(2);
    for (std::size_t place = 0; place < 2; ++place) {
      service.destinations[place].addr = htonl(0x0a000001 + static_cast<unsigned>(place));
    }
    kernel.options.services.push_back(service);
  }
}

// Waits for each job before the next, so that what becomes of it is known.
class Handle {
 public:
  explicit Handle(std::chrono::milliseconds timeout,
                  ipvs::TransportKind transport = ipvs::TransportKind::kNetlink) {
    int error = 0;
    worker_ = ipvs::Worker::Start(
        {"", timeout, false, transport},
        [shared = shared_] {
          const std::lock_guard lock(shared->mutex);
          ++shared->notified;
          shared->changed.notify_all();
        },
        &error);
    REQUIRE(worker_);
  }
  ~Handle() {
    worker_->Stop();
    CHECK(worker_->WaitFinished(std::chrono::seconds(60)));
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  ipvs::Worker& worker() { return *worker_; }

  Job Run(Job job) {
    const std::size_t before = Notified();
    worker_->Submit(std::move(job));
    std::vector<Job> done;
    std::unique_lock lock(shared_->mutex);
    REQUIRE(shared_->changed.wait_for(lock, std::chrono::seconds(60),
                                      [&] { return shared_->notified > before; }));
    lock.unlock();
    done = worker_->TakeDone();
    REQUIRE(done.size() == 1);
    return std::move(done.front());
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t notified = 0;
  };

  std::size_t Notified() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->notified;
  }

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::unique_ptr<ipvs::Worker> worker_;
};

// How the kernel answers what an operation asks first.
enum class Shape : std::uint8_t {
  kWrite,   // with an acknowledgement
  kAnswer,  // with an answer, after which nothing is waited for
  kFind,    // with an answer and an acknowledgement
  kDump,    // with entries and their end
  kFindAndDump,
};

struct Operation {
  const char* name;
  Shape shape;
  Job job;
};

inline Job Writes(std::uint32_t command, std::size_t count = 1) {
  Job job;
  RequestRecord record{};
  record.command = command;
  record.service.family = AF_INET;
  record.service.marked = 1;
  record.service.fwmark = 1;
  if (ipvs::IsRouteCommand(command)) {
    record.device = rtnetlink::Bound(7, wire::Raw({10, 9, 0, 1}), 32);
    std::memcpy(record.device.device, "ipvs0", 5);
    std::memcpy(record.device.kind, "dummy", 5);
  }
  job.requests.assign(count, record);
  return job;
}

inline Job Reads(TableKind kind) {
  Job job = Writes(0);
  job.kind = Job::Kind::kRead;
  job.table_kind = kind;
  return job;
}

inline Job ReadsDevice(TableKind kind, const char* name) {
  Job job = Reads(kind);
  job.requests.front().device = rtnetlink::Named(name);
  return job;
}

inline std::vector<Operation> IpvsOperations() {
  return {{"a request", Shape::kWrite, Writes(ipvs::kDeleteService)},
          {"a batch of two datagrams", Shape::kWrite, Writes(ipvs::kDeleteService, 300)},
          {"information", Shape::kAnswer, Reads(TableKind::kInfo)},
          {"timeouts", Shape::kAnswer, Reads(TableKind::kTimeouts)},
          {"a service", Shape::kAnswer, Reads(TableKind::kService)},
          {"services", Shape::kDump, Reads(TableKind::kServices)},
          {"destinations", Shape::kDump, Reads(TableKind::kDestinations)},
          {"daemons", Shape::kDump, Reads(TableKind::kDaemons)},
          {"a snapshot", Shape::kDump, Reads(TableKind::kSnapshot)}};
}

inline std::vector<Operation> RouteOperations() {
  return {
      {"a new device", Shape::kWrite, Writes(ipvs::kCreateDevice)},
      {"a removed device", Shape::kWrite, Writes(ipvs::kRemoveDevice)},
      {"a new address", Shape::kFind, Writes(ipvs::kAddAddress)},
      {"a device", Shape::kFind, ReadsDevice(TableKind::kDevice, "ipvs0")},
      {"devices", Shape::kDump, ReadsDevice(TableKind::kDevices, "")},
      {"all addresses", Shape::kDump, ReadsDevice(TableKind::kAddresses, "")},
      {"a device's addresses", Shape::kFindAndDump, ReadsDevice(TableKind::kAddresses, "ipvs0")}};
}

// How a job ended: as its last request did.
inline Status EndOf(const Job& job) {
  return job.outcomes.empty() ? Status::Ok() : job.outcomes.back();
}

// Everything that a job has read.
inline std::string ContentOf(Job& job) {
  std::string content;
  for (const auto& chunk : job.table.chunks()) {
    content += std::to_string(chunk.count) + ':' + chunk.text;
    content.append(reinterpret_cast<const char*>(chunk.records.data()), chunk.records.size());
  }
  return content;
}

}  // namespace stand_in
