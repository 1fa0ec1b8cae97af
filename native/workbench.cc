#include "workbench.h"

#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ipvs/auto_transport.h"
#include "ipvs/netlink_transport.h"
#include "ipvs/option_socket.h"
#include "ipvs/sockopt_transport.h"
#include "netlink/socket.h"
#include "network_namespace.h"
#include "proc/surroundings.h"
#include "route/commands.h"
#include "route/route_transport.h"

namespace ipvs {

namespace {

// Counts what goes over a channel, and sends nothing more once the thread is to end.
class GuardedChannel final : public netlink::Channel {
 public:
  GuardedChannel(std::unique_ptr<netlink::Channel> inner, Guard& guard)
      : inner_(std::move(inner)), guard_(guard) {}

  int Send(std::span<const std::byte> datagram) override {
    if (guard_.stopping()) return ECANCELED;
    guard_.Count();
    return inner_->Send(datagram);
  }
  netlink::Received Receive(std::span<std::byte> buffer, netlink::Deadline& deadline) override {
    guard_.Count();
    return inner_->Receive(buffer, deadline);
  }
  std::uint32_t port() const override { return inner_->port(); }

 private:
  std::unique_ptr<netlink::Channel> inner_;
  Guard& guard_;
};

// The same for socket options.
class GuardedOptions final : public OptionChannel {
 public:
  GuardedOptions(std::unique_ptr<OptionChannel> inner, Guard& guard)
      : inner_(std::move(inner)), guard_(guard) {}

  int Set(int option, std::span<const std::byte> value) override {
    if (guard_.stopping()) return ECANCELED;
    guard_.Count();
    return inner_->Set(option, value);
  }
  int Get(int option, std::span<std::byte> value) override {
    if (guard_.stopping()) return ECANCELED;
    guard_.Count();
    return inner_->Get(option, value);
  }

 private:
  std::unique_ptr<OptionChannel> inner_;
  Guard& guard_;
};

bool AllOk(const std::vector<Status>& outcomes) {
  return std::all_of(outcomes.begin(), outcomes.end(),
                     [](const Status& status) { return status.ok(); });
}

}  // namespace

Workbench::Workbench(const WorkbenchOptions& options, Guard& guard)
    : options_(options), guard_(guard), ipvs_(MakeTransport(options.transport)) {
  route_ = std::make_unique<RouteTransport>(
      [this](Status* failure) { return OpenChannel(NETLINK_ROUTE, failure); }, options.timeout);
}

std::unique_ptr<Transport> Workbench::MakeTransport(TransportKind kind) {
  switch (kind) {
    case TransportKind::kNetlink:
      return std::make_unique<NetlinkTransport>(
          [this](Status* failure) { return OpenChannel(NETLINK_GENERIC, failure); },
          options_.timeout);
    case TransportKind::kSockopt:
      return std::make_unique<SockoptTransport>(
          [this](Status* failure) { return OpenOptions(failure); });
    case TransportKind::kAuto: break;
  }
  return std::make_unique<AutoTransport>(MakeTransport(TransportKind::kNetlink),
                                         MakeTransport(TransportKind::kSockopt));
}

Status Workbench::Enter() {
  if (entered_) return Status::Ok();
  auto status = Status::Ok();
  if (options_.fresh_namespace) {
    status = EnterFreshNamespace();
  } else if (!options_.network_namespace.empty()) {
    status = EnterNamespace(options_.network_namespace);
  }
  entered_ = status.ok();
  return status;
}

Status Workbench::Prepare() {
  if (guard_.stopping()) return Status::Failure(Source::kClosed, ECANCELED);
  return Enter();
}

std::unique_ptr<netlink::Channel> Workbench::OpenChannel(int protocol, Status* failure) {
  *failure = Prepare();
  if (!failure->ok()) return nullptr;
  int error = 0;
  auto socket = netlink::Socket::Open(protocol, guard_.interrupt(), &error);
  if (!socket) {
    *failure = Status::Failure(Source::kSocket, error);
    return nullptr;
  }
  return std::make_unique<GuardedChannel>(std::move(socket), guard_);
}

std::unique_ptr<OptionChannel> Workbench::OpenOptions(Status* failure) {
  *failure = Prepare();
  if (!failure->ok()) return nullptr;
  int error = 0;
  auto socket = OptionSocket::Open(&error);
  if (!socket) {
    *failure = Status::Failure(Source::kSocket, error);
    return nullptr;
  }
  return std::make_unique<GuardedOptions>(std::move(socket), guard_);
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
  if (request.command == kWithdrawn) return Status::Failure(Source::kCancelled, ECANCELED);
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
  Transport& transport = IsRouteTable(job.table_kind) ? *route_ : *ipvs_;
  return transport.Read(job.table_kind, request, job.table);
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
  Execute(requests, outcomes);
  for (std::size_t index = 0; index < places.size(); ++index) {
    *places[index] = std::move(outcomes[index]);
  }
  for (auto job = first; job != last; ++job) {
    if (AllOk(job->outcomes)) job->outcomes.clear();
  }
}

void Workbench::Execute(std::span<const RequestRecord* const> requests,
                        std::span<Status> outcomes) {
  const auto is_route = [](const RequestRecord* request) {
    return IsRouteCommand(request->command);
  };
  for (std::size_t start = 0; start < requests.size();) {
    // All up to the next that is for the other of the two.
    const bool route = is_route(requests[start]);
    std::size_t end = start + 1;
    while (end < requests.size() && is_route(requests[end]) == route) ++end;
    Transport& transport = route ? *route_ : *ipvs_;
    transport.Execute(requests.subspan(start, end - start), outcomes.subspan(start, end - start));
    start = end;
  }
}

}  // namespace ipvs
