#pragma once

#include <optional>
#include <span>
#include <vector>

#include "guard.h"
#include "job.h"
#include "transports.h"
#include "worker.h"

namespace ipvs {

// A way to the kernel for the thread that calls, past the thread of the handle: the caller waits
// inside the kernel. It has sockets of its own, in the network namespace that the thread of the
// handle is in, and never moves the caller into another. Used on one thread only.
class DirectLine final : public Closable {
 public:
  // `worker` is the handle's, and outlives the line.
  DirectLine(const Worker& worker, TransportKind kind);

  // How each request ended.
  std::vector<Status> Execute(std::span<const RequestRecord> requests);
  Status Read(TableKind kind, const RequestRecord& request, Table& table);

  // Closes the sockets; what comes later is answered with Source::kClosed.
  void Close() override;

 private:
  // Nothing breaks off a wait here: who would do so is who waits.
  Guard guard_;
  std::optional<Transports> transports_;  // until it is closed
};

}  // namespace ipvs
