#include "transports.h"

#include <linux/netlink.h>

#include <cerrno>
#include <utility>

#include "ipvs/auto_transport.h"
#include "ipvs/netlink_transport.h"
#include "ipvs/option_socket.h"
#include "ipvs/sockopt_transport.h"
#include "netlink/socket.h"
#include "route/commands.h"
#include "route/route_transport.h"

namespace ipvs {

namespace {

// How much is still received once the thread is to end: the answers to a whole batch, each of them
// a failure, so that what was done is known; but not an answer without end.
constexpr std::size_t kLastReceives = 1024;

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
    if (guard_.stopping() && ++last_receives_ > kLastReceives) return {ECANCELED, 0, false};
    return inner_->Receive(buffer, deadline);
  }
  std::uint32_t port() const override { return inner_->port(); }

 private:
  std::unique_ptr<netlink::Channel> inner_;
  Guard& guard_;
  std::size_t last_receives_ = 0;
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

}  // namespace

Transports::Transports(TransportKind kind, std::chrono::milliseconds timeout, Guard& guard,
                       Inside inside)
    : timeout_(timeout), guard_(guard), inside_(std::move(inside)), ipvs_(MakeTransport(kind)) {
  route_ = std::make_unique<RouteTransport>(
      [this](Status* failure) { return OpenChannel(NETLINK_ROUTE, failure); }, timeout);
}

std::unique_ptr<Transport> Transports::MakeTransport(TransportKind kind) {
  switch (kind) {
    case TransportKind::kNetlink:
      return std::make_unique<NetlinkTransport>(
          [this](Status* failure) { return OpenChannel(NETLINK_GENERIC, failure); }, timeout_);
    case TransportKind::kSockopt:
      return std::make_unique<SockoptTransport>(
          [this](Status* failure) { return OpenOptions(failure); });
    case TransportKind::kAuto: break;
  }
  return std::make_unique<AutoTransport>(MakeTransport(TransportKind::kNetlink),
                                         MakeTransport(TransportKind::kSockopt));
}

template <typename Socket, typename Open>
std::unique_ptr<Socket> Transports::OpenInside(Open open, Status* failure) {
  if (guard_.stopping()) {
    *failure = Status::Failure(Source::kClosed, ECANCELED);
    return nullptr;
  }
  std::unique_ptr<Socket> socket;
  int error = 0;
  *failure = inside_([&] { socket = open(&error); });
  if (failure->ok() && !socket) *failure = Status::Failure(Source::kSocket, error);
  return socket;
}

std::unique_ptr<netlink::Channel> Transports::OpenChannel(int protocol, Status* failure) {
  auto socket = OpenInside<netlink::Socket>(
      [&](int* error) { return netlink::Socket::Open(protocol, guard_.interrupt(), error); },
      failure);
  if (!socket) return nullptr;
  return std::make_unique<GuardedChannel>(std::move(socket), guard_);
}

std::unique_ptr<OptionChannel> Transports::OpenOptions(Status* failure) {
  auto socket = OpenInside<OptionSocket>(OptionSocket::Open, failure);
  if (!socket) return nullptr;
  return std::make_unique<GuardedOptions>(std::move(socket), guard_);
}

Status Transports::Read(TableKind kind, const RequestRecord& request, Table& table) {
  Transport& transport = IsRouteTable(kind) ? *route_ : *ipvs_;
  return transport.Read(kind, request, table);
}

void Transports::Execute(std::span<const RequestRecord* const> requests,
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
