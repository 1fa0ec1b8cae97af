#pragma once

#include <chrono>
#include <deque>
#include <string>

#include "guard.h"
#include "ipvs/transport.h"
#include "job.h"
#include "transports.h"

namespace ipvs {

struct WorkbenchOptions {
  std::string network_namespace;  // a path; empty: the one the process is in
  std::chrono::milliseconds timeout{10'000};
  bool fresh_namespace = false;  // a new one instead, gone with the thread
  TransportKind transport = TransportKind::kAuto;

  bool has_namespace() const { return fresh_namespace || !network_namespace.empty(); }
};

// What the thread of a handle works with, all of it in the handle's network namespace and opened
// when first needed. Used on that thread only.
class Workbench {
 public:
  Workbench(const WorkbenchOptions& options, Guard& guard);

  // Runs the jobs in order.
  void Run(std::deque<Job>& jobs);

 private:
  using Jobs = std::deque<Job>;

  // Moves the thread, and no other, into the namespace; does nothing when it is there.
  Status Enter();
  // Runs the jobs from `first` up to `last`, which only execute, as if they were one.
  void Execute(Jobs::iterator first, Jobs::iterator last);
  Status Read(Job& job);
  Status UseFile(Job& job);

  const WorkbenchOptions& options_;
  Guard& guard_;
  bool entered_ = false;
  Transports transports_;
};

}  // namespace ipvs
