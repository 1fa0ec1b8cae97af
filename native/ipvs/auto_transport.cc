#include "ipvs/auto_transport.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ipvs {

namespace {

bool IsPermission(int error) { return error == EPERM || error == EACCES; }

// Whether netlink is closed to this caller, as opposed to out of order.
bool IsClosed(const Status& status) {
  switch (status.source) {
    // In a user namespace every request is refused, whoever makes it.
    case Source::kKernel: return status.error == EPERM;
    case Source::kFamily: return true;
    // A sandbox can keep a process from having such a socket at all.
    case Source::kSocket:
      return IsPermission(status.error) || status.error == EAFNOSUPPORT ||
             status.error == EPROTONOSUPPORT;
    default: return false;
  }
}

}  // namespace

void AutoTransport::Execute(std::span<const RequestRecord* const> requests,
                            std::span<Status> outcomes) {
  Table info;
  Status failure;
  if (Transport* way = Choose(info, &failure); way != nullptr) {
    way->Execute(requests, outcomes);
  } else {
    std::fill(outcomes.begin(), outcomes.end(), failure);
  }
}

Status AutoTransport::Read(TableKind kind, const RequestRecord& request, Table& table) {
  const bool first = chosen_ == nullptr;
  Table info;
  Status failure;
  Transport* way = Choose(info, &failure);
  if (way == nullptr) return failure;
  if (!first || kind != TableKind::kInfo) return way->Read(kind, request, table);
  table = std::move(info);
  return Status::Ok();
}

Transport* AutoTransport::Choose(Table& info, Status* failure) {
  if (chosen_ != nullptr) return chosen_;
  *failure = netlink_->Read(TableKind::kInfo, {}, info);
  if (failure->ok()) {
    other_.reset();
    return chosen_ = netlink_.get();
  }
  if (!IsClosed(*failure)) return nullptr;
  const Status second = other_->Read(TableKind::kInfo, {}, info);
  if (second.ok()) {
    netlink_.reset();
    return chosen_ = other_.get();
  }
  // The same reason twice needs no more words.
  const bool same = second.source == failure->source && second.error == failure->error;
  if (!same && failure->message.empty()) {
    failure->message = "over the socket options: ";
    failure->message += second.source == Source::kFamily ? "no IPVS" : std::strerror(second.error);
  }
  return nullptr;
}

}  // namespace ipvs
