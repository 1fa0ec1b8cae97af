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
  if (const auto status = Choose(info); !status.ok()) {
    std::fill(outcomes.begin(), outcomes.end(), status);
    return;
  }
  chosen_->Execute(requests, outcomes);
}

Status AutoTransport::Read(TableKind kind, const RequestRecord& request, Table& table) {
  const bool first = chosen_ == nullptr;
  Table info;
  if (auto status = Choose(info); !status.ok()) return status;
  if (first && kind == TableKind::kInfo) {
    table = std::move(info);
    return Status::Ok();
  }
  return chosen_->Read(kind, request, table);
}

Status AutoTransport::Choose(Table& info) {
  if (chosen_ != nullptr) return Status::Ok();
  auto status = netlink_->Read(TableKind::kInfo, {}, info);
  if (status.ok()) {
    chosen_ = netlink_.get();
    other_.reset();
    return status;
  }
  if (!IsClosed(status)) return status;
  auto second = other_->Read(TableKind::kInfo, {}, info);
  if (second.ok()) {
    chosen_ = other_.get();
    netlink_.reset();
    return second;
  }
  // The same reason twice needs no more words.
  const bool same = second.source == status.source && second.error == status.error;
  if (!same && status.message.empty()) {
    status.message = "over the socket options: ";
    status.message += second.source == Source::kFamily ? "no IPVS" : std::strerror(second.error);
  }
  return status;
}

}  // namespace ipvs
