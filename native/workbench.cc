#include "workbench.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "network_namespace.h"
#include "proc/surroundings.h"

namespace ipvs {

namespace {

bool IsWithdrawn(const RequestRecord& request) { return request.command == kWithdrawn; }

}  // namespace

Workbench::Workbench(const WorkbenchOptions& options, Guard& guard)
    : options_(options),
      guard_(guard),
      transports_(options.transport, options.timeout, guard,
                  [this](const std::function<void()>& open) {
                    auto status = Enter();
                    if (status.ok()) open();
                    return status;
                  }) {}

Status Workbench::Enter() {
  if (entered_) return Status::Ok();
  auto status = Status::Ok();
  if (options_.fresh_namespace) {
    status = EnterFreshNamespace();
  } else if (!options_.network_namespace.empty()) {
    status = EnterNamespace(options_.network_namespace);
  }
  entered_ = status.ok();
  if (entered_ && options_.has_namespace()) guard_.Settle(ThreadNumber());
  return status;
}

void Workbench::Run(std::deque<Job>& jobs) {
  const auto executes = [](const Job& job) { return job.kind == Job::Kind::kExecute; };
  for (auto job = jobs.begin(); job != jobs.end();) {
    if (executes(*job)) {
      const auto last = std::find_if_not(job, jobs.end(), executes);
      Execute(job, last);
      job = last;
      continue;
    }
    auto status = Read(*job);
    if (!status.ok()) job->outcomes.push_back(std::move(status));
    ++job;
  }
}

Status Workbench::Read(Job& job) {
  const RequestRecord& request = job.requests.front();
  if (IsWithdrawn(request)) return Status::Failure(Source::kCancelled, ECANCELED);
  if (auto status = Enter(); !status.ok()) return status;
  if (job.kind == Job::Kind::kRead && job.table_kind == TableKind::kSurroundings) {
    job.table.FillText(DescribeSurroundings());
    return Status::Ok();
  }
  switch (job.kind) {
    case Job::Kind::kReadStream: return job.stream->Next(guard_, job.table, &job.ended);
    case Job::Kind::kReadFile:
    case Job::Kind::kReadFolder:
    case Job::Kind::kWriteFile: return UseFile(job);
    default: break;
  }
  return transports_.Read(job.table_kind, request, job.table);
}

Status Workbench::UseFile(Job& job) {
  const auto& [place, name, value] = job.file;
  const std::string folder = proc::FolderOf(place);
  if (job.kind == Job::Kind::kWriteFile) return proc::WriteFile(folder, name, value, guard_);
  std::string text;
  auto status = job.kind == Job::Kind::kReadFile ? proc::ReadFile(folder, name, guard_, &text)
                                                 : proc::ReadFolder(folder, guard_, &text);
  if (status.ok()) job.table.FillText(std::move(text));
  return status;
}

void Workbench::Execute(Jobs::iterator first, Jobs::iterator last) {
  PooledVector<const RequestRecord*> requests;
  for (auto job = first; job != last; ++job) {
    for (const RequestRecord& request : job->requests) {
      if (!IsWithdrawn(request)) requests.push_back(&request);
    }
  }
  PooledVector<Status> outcomes(requests.size());
  transports_.Execute(requests, outcomes);

  std::span<Status> rest(outcomes);
  for (auto job = first; job != last; ++job) {
    const auto& own = job->requests;
    const auto sent =
        own.size() - static_cast<std::size_t>(std::count_if(own.begin(), own.end(), IsWithdrawn));
    auto next = rest.begin();
    rest = rest.subspan(sent);
    if (sent == own.size() && AllOk({next, sent})) {
      // Others may need the memory before somebody fetches the answer.
      job->requests = {};
      continue;
    }
    for (const RequestRecord& request : own) {
      job->outcomes.push_back(IsWithdrawn(request) ? Status::Failure(Source::kCancelled, ECANCELED)
                                                   : std::move(*next++));
    }
  }
}

}  // namespace ipvs
