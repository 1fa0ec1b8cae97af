#include "netlink/socket.h"

#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace ipvs::netlink {

namespace {

// Room for the answers to a whole batch, were every one a failure; the default holds about 270.
constexpr int kReceiveBuffer = 1 << 20;

// How often it is tried to receive between two looks at the clock, so that signals cannot keep the
// thread here.
constexpr std::size_t kTriesPerLook = 64;

}  // namespace

std::unique_ptr<Socket> Socket::Open(int protocol, int interrupt, int* error) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  // Connected to the kernel, it gets nothing that somebody else sends, and no address has to be
  // copied with what is sent and received.
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  socklen_t length = sizeof address;
  if (!fd.valid() ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    *error = errno;
    return nullptr;
  }

  // Each of these makes things better where the kernel has it and the caller may; none is needed.
  const int on = 1;
  ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);

  return std::unique_ptr<Socket>(new Socket(std::move(fd), address.nl_pid, interrupt));
}

int Socket::Send(std::span<const std::byte> datagram) {
  ssize_t sent;
  do {
    sent = ::send(fd_.get(), datagram.data(), datagram.size(), 0);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

Received Socket::Receive(std::span<std::byte> buffer, Deadline& deadline) {
  for (std::size_t tries = 1;; ++tries) {
    if (tries % kTriesPerLook == 0 && deadline.Remaining().count() == 0) {
      return {ETIMEDOUT, 0, false};
    }
    // The kernel has answered before send returns, so the first try nearly always succeeds.
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (size >= 0) {
      const auto whole = static_cast<std::size_t>(size);
      return {0, std::min(whole, buffer.size()), whole > buffer.size()};
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return {errno, 0, false};
    if (const int error = Wait(deadline); error != 0) return {error, 0, false};
  }
}

int Socket::Wait(Deadline& deadline) const {
  for (;;) {
    const auto rest = deadline.Remaining().count();
    if (rest == 0) return ETIMEDOUT;
    constexpr std::int64_t kLimit = std::numeric_limits<int>::max();
    pollfd waits[] = {{fd_.get(), POLLIN, 0}, {interrupt_, POLLIN, 0}};
    const int ready = ::poll(waits, 2, static_cast<int>(std::min<std::int64_t>(rest, kLimit)));
    if (ready < 0 && errno != EINTR) return errno;
    if (ready <= 0) continue;
    if (waits[1].revents != 0) return ECANCELED;
    if (waits[0].revents != 0) return 0;
  }
}

}  // namespace ipvs::netlink
