#include "ipvs/option_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace ipvs {

std::unique_ptr<OptionSocket> OptionSocket::Open(int* error) {
  // Any IPv4 socket will do; a raw one would need a further privilege.
  UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) {
    *error = errno;
    return nullptr;
  }
  return std::unique_ptr<OptionSocket>(new OptionSocket(std::move(fd)));
}

int OptionSocket::Set(int option, std::span<const std::byte> value) {
  const auto length = static_cast<socklen_t>(value.size());
  return ::setsockopt(fd_.get(), IPPROTO_IP, option, value.data(), length) == 0 ? 0 : errno;
}

int OptionSocket::Get(int option, std::span<std::byte> value) {
  auto length = static_cast<socklen_t>(value.size());
  if (::getsockopt(fd_.get(), IPPROTO_IP, option, value.data(), &length) != 0) return errno;
  return length == value.size() ? 0 : EBADMSG;
}

}  // namespace ipvs
