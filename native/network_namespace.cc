#include "network_namespace.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "support/unique_fd.h"

namespace ipvs {

Status EnterNamespace(const std::string& path) {
  // Were it a named pipe, the thread would wait for someone to write to it.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid() || ::setns(fd.get(), CLONE_NEWNET) != 0) {
    return Status::Failure(Source::kNamespace, errno);
  }
  return Status::Ok();
}

Status EnterFreshNamespace() {
  if (::unshare(CLONE_NEWNET) != 0) return Status::Failure(Source::kNamespace, errno);
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", sizeof "lo");
  request.ifr_flags = IFF_UP;
  if (!fd.valid() || ::ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) {
    return Status::Failure(Source::kNamespace, errno);
  }
  return Status::Ok();
}

}  // namespace ipvs
