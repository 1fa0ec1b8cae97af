#pragma once

#include <memory>

#include "netlink/channel.h"
#include "support/unique_fd.h"

namespace ipvs::netlink {

// A netlink socket in the network namespace of the thread that opens it.
class Socket final : public Channel {
 public:
  // Opens a socket of `protocol`; nothing and an errno on failure. `interrupt` is a
  // file descriptor, not owned, that breaks off a wait once it is readable.
  static std::unique_ptr<Socket> Open(int protocol, int interrupt, int* error);

  int Send(std::span<const std::byte> datagram) override;
  Received Receive(std::span<std::byte> buffer, Deadline& deadline) override;
  std::uint32_t port() const override { return port_; }

 private:
  Socket(UniqueFd fd, std::uint32_t port, int interrupt)
      : fd_(std::move(fd)), port_(port), interrupt_(interrupt) {}

  // Waits until there is something to read: 0, ETIMEDOUT or ECANCELED.
  int Wait(Deadline& deadline) const;

  UniqueFd fd_;
  std::uint32_t port_;
  int interrupt_;
};

}  // namespace ipvs::netlink
