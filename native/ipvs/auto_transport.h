#pragma once

#include <memory>
#include <utility>

#include "ipvs/transport.h"

namespace ipvs {

// Netlink; or another way where the caller may not use netlink, or it is not there, and the other
// way works. The first request that gets an answer decides once and for all.
class AutoTransport final : public Transport {
 public:
  AutoTransport(std::unique_ptr<Transport> netlink, std::unique_ptr<Transport> other)
      : netlink_(std::move(netlink)), other_(std::move(other)) {}

  void Execute(std::span<const RequestRecord* const> requests, std::span<Status> outcomes) override;
  Status Read(TableKind kind, const RequestRecord& request, Table& table) override;

 private:
  // The one that works, found by reading `info`; nothing where neither does, and the reason, which
  // is netlink's.
  Transport* Choose(Table& info, Status* failure);

  std::unique_ptr<Transport> netlink_;
  std::unique_ptr<Transport> other_;
  Transport* chosen_ = nullptr;  // one of the two; the one not chosen is gone
};

}  // namespace ipvs
