#pragma once

#include <span>
#include <vector>

#include "ipvs/transport.h"
#include "records.h"
#include "support/status.h"

// Requests that a test gives to a transport, and how they end.
namespace execution {

using Statuses = std::vector<ipvs::Status>;

inline const ipvs::Status kOk = ipvs::Status::Ok();

inline ipvs::Status Refused(int error) {
  return ipvs::Status::Failure(ipvs::Source::kKernel, error);
}

// Executes requests together; answers how each ended.
inline Statuses ExecuteAll(ipvs::Transport& transport,
                           std::span<const ipvs::RequestRecord> records) {
  std::vector<const ipvs::RequestRecord*> requests;
  for (const ipvs::RequestRecord& record : records) requests.push_back(&record);
  Statuses outcomes(records.size());
  transport.Execute(requests, outcomes);
  return outcomes;
}

}  // namespace execution
