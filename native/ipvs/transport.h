#pragma once

#include <cstdint>
#include <span>

#include "ipvs/table.h"
#include "records.h"
#include "support/status.h"

namespace ipvs {

// A way to carry out requests and read tables. Called from one thread only.
class Transport {
 public:
  virtual ~Transport() = default;

  // Executes the requests in order, each on its own; how each ended goes into `outcomes`.
  virtual void Execute(std::span<const RequestRecord* const> requests,
                       std::span<Status> outcomes) = 0;

  // Reads a table; `request` names the service or the device where the table belongs to one.
  virtual Status Read(TableKind kind, const RequestRecord& request, Table& table) = 0;
};

}  // namespace ipvs
