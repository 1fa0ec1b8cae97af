#include "direct_line.h"

#include <cerrno>

#include "network_namespace.h"

namespace ipvs {

namespace {

// Where the handle has a namespace to itself, it is entered by a thread made for that alone.
Transports::Inside InsideNamespaceOf(const Worker& worker) {
  if (!worker.options().has_namespace()) {
    return [](const std::function<void()>& open) {
      open();
      return Status::Ok();
    };
  }
  return [&worker](const std::function<void()>& open) {
    return RunInNamespace(NamespacePathOfThread(worker.thread()), open);
  };
}

}  // namespace

DirectLine::DirectLine(const Worker& worker, TransportKind kind) {
  transports_.emplace(kind, worker.options().timeout, guard_, InsideNamespaceOf(worker));
}

std::vector<Status> DirectLine::Execute(std::span<const RequestRecord> requests) {
  std::vector<Status> outcomes(requests.size());
  if (!transports_) {
    outcomes.assign(requests.size(), Status::Failure(Source::kClosed, ECANCELED));
    return outcomes;
  }
  std::vector<const RequestRecord*> places;
  places.reserve(requests.size());
  for (const RequestRecord& request : requests) places.push_back(&request);
  transports_->Execute(places, outcomes);
  return outcomes;
}

Status DirectLine::Read(TableKind kind, const RequestRecord& request, Table& table) {
  if (!transports_) return Status::Failure(Source::kClosed, ECANCELED);
  return transports_->Read(kind, request, table);
}

void DirectLine::Close() { transports_.reset(); }

}  // namespace ipvs
