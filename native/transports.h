#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>

#include "guard.h"
#include "ipvs/option_channel.h"
#include "ipvs/transport.h"
#include "netlink/channel.h"

namespace ipvs {

// Every way to the kernel from one network namespace, with sockets that are opened when first
// needed. Used on one thread only.
class Transports {
 public:
  // Runs `open` in the network namespace, on whatever thread, before it returns; or fails.
  using Inside = std::function<Status(const std::function<void()>& open)>;

  // `kind` is the way to IPVS.
  Transports(TransportKind kind, std::chrono::milliseconds timeout, Guard& guard, Inside inside);

  // Runs requests of whatever kind, in order; how each ended goes into `outcomes`.
  void Execute(std::span<const RequestRecord* const> requests, std::span<Status> outcomes);
  Status Read(TableKind kind, const RequestRecord& request, Table& table);

 private:
  std::unique_ptr<Transport> MakeTransport(TransportKind kind);
  std::unique_ptr<netlink::Channel> OpenChannel(int protocol, Status* failure);
  std::unique_ptr<OptionChannel> OpenOptions(Status* failure);
  // Opens a socket in the namespace; nothing once the thread is to end.
  template <typename Socket, typename Open>
  std::unique_ptr<Socket> OpenInside(Open open, Status* failure);

  std::chrono::milliseconds timeout_;
  Guard& guard_;
  Inside inside_;
  std::unique_ptr<Transport> ipvs_;
  std::unique_ptr<Transport> route_;
};

}  // namespace ipvs
